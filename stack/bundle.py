"""Build the zips that Lambda runs, byte for byte reproducible: the code of each function, and the layers.

The zip of a function has the modules that it imports and no others, so that an edit deploys only the functions that use
the edited module. The fingerprint of an artifact covers its *sources*, so that a plan builds nothing; the zip is built
when a function or layer is about to be written, and then kept in a cache. The order, times and modes of the entries are
fixed. Zips contain bytecode for the function's Python, so that a cold start does not compile. A layer consists of
wheels from the lock file and omits the packages of the Lambda runtime.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import importlib.util
import io
import os
import platform
import py_compile
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError
from stack.imports import closure

PROJECT = Path(__file__).resolve().parent.parent
BUILDS = PROJECT / ".builds"
"""The cache of built zips; all stacks of a checkout share it. Outside every environment: uv refuses a filled folder."""
FORMAT = "2"
"""Part of each fingerprint. Raise it with every change of the build, so that no old zip is used."""
EPOCH = (1980, 1, 1, 0, 0, 0)
CODE_ROOT, LAYER_ROOT = "/var/task/", "/opt/"
LEFT_OUT = frozenset({"bin", "__pycache__", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"})
REQUIREMENTS = PROJECT / "stack" / "layers"
"""One file for each layer: its packages with versions and hashes, exported from the lock file by ``make lock``."""
DEPENDENCIES, IMAGES = "dependencies", "images"
LAYERS = (DEPENDENCIES, IMAGES)
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}


@dataclass(frozen=True, slots=True)
class Artifact:
    """The fingerprint of the sources of a zip; ``build`` returns the zip."""

    fingerprint: str
    build: Callable[[], bytes]


def sources() -> dict[str, bytes]:
    """The files of the ``handlers`` package and their contents, by their paths in the project."""
    return {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in _sources(PROJECT / "handlers")}


def code(runtime: str, module: str, files: Mapping[str, bytes]) -> Artifact:
    """``module`` for ``runtime`` (``python3.13``), with the modules that it imports from ``files``."""
    needed = closure(files, module)
    fingerprint = _fingerprint(runtime, needed.items())
    return _artifact("code", fingerprint, lambda: _zip(needed, runtime, CODE_ROOT))


def layer(runtime: str, architecture: str, *, host: bool, name: str = DEPENDENCIES) -> Artifact:
    """The packages of a layer. ``host``: for the platform of this machine, not for Amazon Linux."""
    wanted = (REQUIREMENTS / f"{name}.txt").read_bytes()
    place = "host" if host else PLATFORMS[architecture]
    fingerprint = _fingerprint(runtime, [("requirements.txt", wanted), (place, b"")])

    def build() -> bytes:
        return _zip(_installed(wanted, runtime, None if host else place), runtime, LAYER_ROOT)

    return _artifact("layer", fingerprint, build)


def running() -> str:
    """Lambda's name for the Python of this process."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def host_architecture() -> str:
    """Lambda's name for the processor of this machine."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _artifact(prefix: str, fingerprint: str, build: Callable[[], bytes]) -> Artifact:
    path, turn = BUILDS / f"{prefix}-{fingerprint}.zip", threading.Lock()

    def built() -> bytes:
        with turn:  # several stacks of a process may write one zip at once
            return _cached(path, build)

    return Artifact(fingerprint, built)


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
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        if error.errno not in {errno.EROFS, errno.EACCES}:  # a container may not write here; it builds again
            raise
    return content


def _sources(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*.py")) if "__pycache__" not in path.parts)


def _installed(wanted: bytes, runtime: str, platform: str | None) -> dict[str, bytes]:
    """The files of the ``wanted`` packages, installed into a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        requirements, into = Path(folder, "requirements.txt"), Path(folder, "python")
        requirements.write_bytes(wanted)
        version = runtime.removeprefix("python")
        _uv(
            *("pip", "install", "--requirement", str(requirements), "--target", str(into)),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--python-version", version, "--python", sys.executable),
            *(("--python-platform", platform) if platform else ()),
        )
        files = (path for path in sorted(into.rglob("*")) if path.is_file())
        kept = (path for path in files if not LEFT_OUT & set(path.relative_to(into).parts))
        return {f"python/{path.relative_to(into).as_posix()}": path.read_bytes() for path in kept}


def _uv(*arguments: str) -> None:
    from uv import find_uv_bin  # noqa: PLC0415 (an image that builds nothing has no uv)

    command = [find_uv_bin(), "--quiet", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise StackError(
            f"Cannot install the packages of a Lambda layer: uv ended with {done.returncode}:\n"
            f"{done.stderr.decode(errors='replace').strip()}\nCheck that the package index can be reached, then repeat."
        )


def _zip(files: Mapping[str, bytes], runtime: str, root: str) -> bytes:
    out = io.BytesIO()
    compiled = dict(_bytecode(files, root)) if runtime == running() else {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted({**files, **compiled}.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr, entry.compress_type, entry.create_system = 0o644 << 16, zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, content)
    return out.getvalue()


def _bytecode(files: Mapping[str, bytes], root: str) -> Iterator[tuple[str, bytes]]:
    for name, content in sorted(files.items()):
        if name.endswith(".py"):
            yield importlib.util.cache_from_source(name), _compiled(name, content, root)


@functools.cache
def _compiled(name: str, content: bytes, root: str) -> bytes:
    """Bytecode that Python uses without a check of its source: extraction gives the sources a new time."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.py"), Path(folder, "source.pyc")
        source.write_bytes(content)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        try:
            py_compile.compile(str(source), str(target), dfile=root + name, doraise=True, invalidation_mode=mode)
        except py_compile.PyCompileError as error:
            raise StackError(f"{name} does not compile; it was not deployed:\n{error.msg}") from error
        return target.read_bytes()
