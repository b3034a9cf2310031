"""Build what Lambda runs: the zip of our code and the layer of its dependencies, byte for byte reproducible.

Both are named by a fingerprint of what goes into them, so that an unchanged one is neither built nor uploaded, and
both carry bytecode for the function's Python, so that a cold start does not compile. The order, times and modes of
entries are fixed. The layer comes from the lock file, by wheels only, and leaves out what the Lambda runtime has.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import importlib.util
import io
import os
import platform
import py_compile
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uv

from stack.errors import StackError

PROJECT = Path(__file__).resolve().parent.parent
BUILDS = PROJECT / ".builds"
"""Finished zips, which stacks of any home share. Outside every environment: uv refuses a folder that others fill."""
FORMAT = "1"
"""Changes when the way of building does, so that old builds are not taken for new ones."""
EPOCH = (1980, 1, 1, 0, 0, 0)
CODE_ROOT, LAYER_ROOT = "/var/task/", "/opt/"
LEFT_OUT = frozenset({"bin", "__pycache__", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"})
LAYERS = ("layer", "images")
"""The dependency groups that are layers: of every function, and of the one that decodes files."""
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A zip and the fingerprint that stands for it; ``build`` returns the bytes."""

    fingerprint: str
    build: Callable[[], bytes]


def code(runtime: str) -> Artifact:
    """Our ``handlers`` package for ``runtime`` (``python3.13``); the fingerprint is Lambda's ``CodeSha256``."""
    files = {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in _sources(PROJECT / "handlers")}
    zipped = _cached(
        BUILDS / f"code-{_fingerprint(runtime, files.items())}.zip", lambda: _zip(files, runtime, CODE_ROOT)
    )
    return Artifact(base64.b64encode(hashlib.sha256(zipped).digest()).decode(), lambda: zipped)


def layer(runtime: str, architecture: str, *, host: bool, group: str = "layer") -> Artifact:
    """The locked packages of a dependency group. ``host``: for this machine's own platform, not for Amazon's."""
    wanted = _requirements(group)
    place = "host" if host else PLATFORMS[architecture]
    fingerprint = _fingerprint(runtime, [("requirements.txt", wanted), (place, b"")])

    def build() -> bytes:
        return _zip(_installed(wanted, runtime, None if host else place), runtime, LAYER_ROOT)

    return Artifact(fingerprint, lambda: _cached(BUILDS / f"layer-{fingerprint}.zip", build))


def _fingerprint(runtime: str, files: Iterable[tuple[str, bytes]]) -> str:
    total = hashlib.sha256(f"{FORMAT} {runtime}".encode())
    for name, content in sorted(files):
        total.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()[:32]


def _cached(path: Path, build: Callable[[], bytes]) -> bytes:
    if path.exists():
        return path.read_bytes()
    content = build()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        if error.errno not in {errno.EROFS, errno.EACCES}:  # in a container we may only read; it is built again then
            raise
    return content


def _sources(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*.py")) if "__pycache__" not in path.parts)


def _requirements(group: str) -> bytes:
    """A dependency group with versions and hashes, as the lock has them."""
    locked = [
        ("group", group.encode()),
        *((name, (PROJECT / name).read_bytes()) for name in ("pyproject.toml", "uv.lock")),
    ]
    export = ("export", "--only-group", group, "--frozen", "--no-emit-project", "--no-header")
    return _cached(BUILDS / f"requirements-{_fingerprint('', locked)}.txt", lambda: _uv(*export))


def _installed(wanted: bytes, runtime: str, platform: str | None) -> dict[str, bytes]:
    """The files of the ``wanted`` packages, installed into a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        listed, into = Path(folder, "requirements.txt"), Path(folder, "python")
        listed.write_bytes(wanted)
        for_platform = ["--python-platform", platform] if platform else []
        version = runtime.removeprefix("python")
        _uv(
            *(
                "pip",
                "install",
                "--requirement",
                str(listed),
                "--target",
                str(into),
                "--require-hashes",
                "--no-deps",
            ),
            *(
                "--only-binary",
                ":all:",
                "--python-version",
                version,
                "--python",
                sys.executable,
                *for_platform,
            ),
        )
        files = (path for path in sorted(into.rglob("*")) if path.is_file())
        kept = (path for path in files if not LEFT_OUT & set(path.relative_to(into).parts))
        return {f"python/{path.relative_to(into).as_posix()}": path.read_bytes() for path in kept}


def _uv(*arguments: str) -> bytes:
    command = [uv.find_uv_bin(), "--quiet", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise StackError(
            f"could not install the Lambda layer's packages: uv {arguments[0]} ended with {done.returncode}:\n"
            f"{done.stderr.decode(errors='replace').strip()}\nCheck that the package index can be reached, then repeat."
        )
    return done.stdout


def _zip(files: dict[str, bytes], runtime: str, root: str) -> bytes:
    out = io.BytesIO()
    compiled = dict(_bytecode(files, root)) if runtime == running() else {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted({**files, **compiled}.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.compress_type, entry.create_system = (
                0o644 << 16,
                zipfile.ZIP_DEFLATED,
                3,
            )
            archive.writestr(entry, content)
    return out.getvalue()


def running() -> str:
    """The Lambda name of the Python that runs this."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def host_architecture() -> str:
    """The Lambda name of this machine's processor."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _bytecode(files: dict[str, bytes], root: str) -> Iterator[tuple[str, bytes]]:
    """Bytecode that is trusted without a look at its source: extraction gives sources a new time."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.py"), Path(folder, "source.pyc")
        for name, content in sorted(files.items()):
            if name.endswith(".py"):
                source.write_bytes(content)
                mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
                try:
                    py_compile.compile(
                        str(source), str(target), dfile=root + name, doraise=True, invalidation_mode=mode
                    )
                except py_compile.PyCompileError as error:
                    raise StackError(f"{name} does not compile, nothing was deployed:\n{error.msg}") from error
                yield importlib.util.cache_from_source(name), target.read_bytes()
