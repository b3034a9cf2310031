# The whole stack in one container: emulator, provisioner, demo data, and the three environments that they run in.
# Ordered by how seldom things change: an edit of a handler rebuilds the last two layers. Any builder will do; BuildKit
# is not needed.
FROM python:3.13-slim AS builder
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

COPY pyproject.toml uv.lock ./
RUN python -m venv /uv \
 && /uv/bin/pip install --quiet --disable-pip-version-check "$(sed -n 's/^ *"\(uv==[0-9.]*\)".*/\1/p' pyproject.toml)" \
 && /uv/bin/uv sync --frozen --quiet --no-dev --no-install-project

# The environments of the emulator and of the Lambda runtime, and then the layers.
COPY stack/__init__.py stack/failure.py stack/
COPY stack/local stack/local
RUN .venv/bin/python -c 'from stack.local import ensure_environments; ensure_environments()'
COPY stack stack
RUN .venv/bin/python -m stack.local \
# Then without uv, which only building needs. The project is found by its path and not installed: paths start from /app.
 && rm -f .venv/bin/uv .venv/bin/uvx \
 && echo /app > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/app.pth" \
 && printf '#!/app/.venv/bin/python\nimport sys\nfrom stack.cli.main import main\nsys.exit(main())\n' > .venv/bin/stack \
 && chmod 755 .venv/bin/stack \
 && .venv/bin/python -m compileall -q stack


FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin stack \
 && install --directory --owner stack --group stack /data
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 STACK_HOME=/data STACK_HOST=0.0.0.0 STACK_PORT=4566
WORKDIR /app
COPY --from=builder /app/.environments .environments
COPY --from=builder /app/.venv .venv
COPY --from=builder /app/.builds .builds
COPY pyproject.toml uv.lock ./
COPY --from=builder /app/stack stack
COPY checks checks
COPY seed seed
COPY handlers handlers
# The zips of the functions and bytecode, so that a start compiles nothing, and the short names of the environments.
RUN python -m compileall -q checks seed handlers \
 && python -c 'from stack import bundle as b; files = b.sources(); \
    [b.code(b.running(), n[:-3].replace("/", "."), files).build() for n in files if "/functions/" in n]' \
 && python -c 'from stack.local import ensure_environments; ensure_environments()'

USER stack
# Healthy: provisioned and seeded, not only listening. In a container by itself: docker run --init -p 127.0.0.1:4566:4566 …
HEALTHCHECK --interval=2s --timeout=5s --start-period=300s --retries=3 CMD ["python", "-m", "stack.local.ready"]
ENTRYPOINT ["stack"]
CMD ["up", "--foreground"]
