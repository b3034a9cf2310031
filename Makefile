# Every command of the project. Needs Python 3.11 or newer, make and a shell; all else is installed into .venv and
# .environments, zips for Lambda are built into .builds, and a run leaves its files in .stack/ (or $STACK_HOME).

# An environment that happens to be active in your shell is not ours.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME UV_PROJECT_ENVIRONMENT

PYTHON ?=
UV_VERSION := $(shell sed -n 's/^ *"uv==\([0-9.]*\)".*/\1/p' pyproject.toml)
BIN := .venv/bin
INSTALLED := .venv/.made-from-lock
ARGS ?=
# A file's tests share what they start, so that one worker runs them all; the order is that of tests/conftest.py.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install up down status test test-deep unit e2e containers image lint format bench openapi capabilities lock clean

help: ## list the commands
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	    printf '  make %-12s %s\n' "$$name" "$$what"; done

install: $(INSTALLED) ## install the locked packages (other commands do it when needed)

# Again when a lock changed, and when the interpreter that .venv was made with is gone.
ifeq ($(wildcard $(BIN)/python),)
.PHONY: $(INSTALLED)
endif

define SET_UP
set -eu; \
new_enough() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
python=''; \
for each in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
    if [ -z "$$python" ] && new_enough "$$each"; then python=$$(command -v "$$each"); fi; \
done; \
if command -v uv >/dev/null 2>&1; then uv=uv; else \
    if [ -z "$$python" ]; then \
        echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>&1 || true)." >&2; \
        echo "Install one, or name it: make install PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
    uv=$(BIN)/uv; \
    if [ ! -x "$$uv" ]; then \
        echo "Installing uv $(UV_VERSION) into .venv ..."; \
        "$$python" -m venv .venv || { \
            echo "$$python cannot make a virtual environment (see above)." >&2; \
            echo "On Debian and Ubuntu: apt install python3-venv. Or put uv on the path: https://docs.astral.sh/uv/" >&2; \
            rm -rf .venv; exit 1; }; \
        $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" || { \
            echo "pip could not install uv (see above). Is the package index reachable? Another one: PIP_INDEX_URL=<url>" >&2; \
            rm -rf .venv; exit 1; }; \
    fi; \
fi; \
echo "Installing the project into .venv ..."; \
"$$uv" sync --frozen --quiet $${python:+--python "$$python"} || { \
    echo "uv could not install what uv.lock names (see above)." >&2; \
    echo "Is the package index reachable? Another one: UV_DEFAULT_INDEX=<url>. What was installed before is still there." >&2; \
    exit 1; }
endef

$(INSTALLED): pyproject.toml uv.lock stack/local/emulator/uv.lock
	@$(SET_UP)
	@$(BIN)/python -m stack.local
	@touch $@

up: $(INSTALLED) ## start the emulator, provision everything, load demo data; prints where it is
	@$(BIN)/stack up $(ARGS)

down: $(INSTALLED) ## stop it; the data stays
	@$(BIN)/stack down $(ARGS)

status: $(INSTALLED) ## each resource, its health, and what this target does not enforce
	@$(BIN)/stack status $(ARGS)

test: $(INSTALLED) ## the tests that a change needs to pass: unit, end to end, Compose once when an engine answers
	@$(BIN)/pytest -m "not deep" $(PARALLEL) $(ARGS)

test-deep: $(INSTALLED) ## at length: crashes, failed calls and races, LocalStack's core, moto, containers
	@$(BIN)/pytest -m deep $(PARALLEL) $(ARGS)

unit: $(INSTALLED) ## the tests that need no emulator
	@$(BIN)/pytest tests/unit $(PARALLEL) $(ARGS)

e2e: $(INSTALLED) ## the tests on the embedded emulator, without the deep ones
	@$(BIN)/pytest tests/e2e -m "not deep" $(PARALLEL) $(ARGS)

containers: $(INSTALLED) ## the tests of the image and of docker-compose.yml; .ci/engine prepares an engine for them
	@$(BIN)/pytest tests/containers $(ARGS)

image: $(INSTALLED) ## the API's tests, on a container of our image
	@$(BIN)/pytest tests/e2e/test_expenses.py tests/e2e/test_gateway.py -m "not deep" --stack-by image $(ARGS)

lint: $(INSTALLED) ## style, formatting, types, walls between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd stack/local/emulator && MYPYPATH=. ../../../$(BIN)/mypy --cache-dir ../../../.mypy_cache --config-file ../../../pyproject.toml --explicit-package-bases *.py
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

format: $(INSTALLED) ## let ruff sort imports and format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(INSTALLED) ## measure; prints, never fails
	@$(BIN)/python -m tests.bench $(ARGS)

openapi: $(INSTALLED) ## write docs/openapi.json from the contract
	$(BIN)/python -m handlers.contract.openapi > docs/openapi.json

capabilities: $(INSTALLED) ## write docs/capabilities.md: the differences between the targets and AWS
	$(BIN)/python -m stack.target.capabilities docs/capabilities.md

lock: $(INSTALLED) ## lock the dependencies again, and export those of the layers
	$(BIN)/uv lock
	$(BIN)/uv export --quiet --only-group layer --frozen --no-emit-project --no-header --no-annotate > stack/layers/dependencies.txt
	$(BIN)/uv export --quiet --only-group images --frozen --no-emit-project --no-header --no-annotate > stack/layers/images.txt

clean: ## stop the emulator; remove environments, caches and the data of the default home
	@if [ -x $(BIN)/stack ]; then STACK_HOME= $(BIN)/stack down || true; fi
	rm -rf .stack .venv .venv-* .environments .builds .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
