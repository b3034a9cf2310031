"""The two Python environments beside our own, each made from a lock and left alone until that lock changes.

`.venv-emulator` holds MiniStack and what it needs; `.venv-runtime` holds what AWS puts into a Lambda runtime,
so that a handler sees neither our packages nor the emulator's. They lie in the project and not in a home: two
stacks on one machine share them. Made by uv; once made, nothing here touches the network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stack.local.failure import EmulatorError

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]
EMULATOR = Path(__file__).resolve().parent / "emulator"
NETWORK_WORDS = (
    "failed to fetch",
    "error sending request",
    "dns error",
    "connect error",
    "timed out",
    "connection",
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment and what it is made from: a project folder with a lock, what of it, and by which Python."""

    title: str
    path: Path
    project: Path
    options: tuple[str, ...] = ()
    interpreter: str = sys.executable

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    @property
    def marker(self) -> Path:
        """Holds the fingerprint of what the environment was last made from."""
        return self.path / ".made-from"

    def fingerprint(self) -> str:
        """Changes with the lock, the options, the Python and the place of the environment."""
        facts = (sys.version, sys.base_prefix, self.interpreter, str(self.path), *self.options)
        digest = hashlib.sha256("\n".join(facts).encode())
        digest.update((self.project / "uv.lock").read_bytes())
        return digest.hexdigest()

    def current(self) -> bool:
        """Whether it is there and made from what lies there now."""
        try:
            return self.marker.read_text() == self.fingerprint() and self.python.exists()
        except FileNotFoundError:
            return False


def emulator_environment() -> Environment:
    """Where MiniStack lives."""
    return Environment("the emulator", PROJECT / ".venv-emulator", EMULATOR)


def runtime_environment() -> Environment:
    """Where the handlers run."""
    options = ("--only-group", "runtime", "--no-install-project")
    return Environment("the Lambda runtime", PROJECT / ".venv-runtime", PROJECT, options)


def handlers_python() -> Path:
    """The interpreter that runs the handlers: the Python that a layer has to be built for."""
    return runtime_environment().python


def ensure_environments(say: Callable[[str], None] = print) -> None:
    """Make or renew both environments; at once done, and off the network, when their locks did not change.

    Raises:
        EmulatorError: uv is missing, the package index cannot be reached, or uv failed.
    """
    for environment in (emulator_environment(), runtime_environment()):
        ensure(environment, say)


def ensure(environment: Environment, say: Callable[[str], None] = print) -> None:
    """Make or renew one environment.

    Raises:
        EmulatorError: as for ``ensure_environments``.
    """
    if not environment.current():
        say(f"Installing {environment.title} into {environment.path.name} …")
        _synchronise(environment)


def _synchronise(environment: Environment) -> None:
    wanted = environment.fingerprint()
    environment.marker.unlink(missing_ok=True)
    command = [
        _uv(), "sync", "--frozen", "--quiet", "--compile-bytecode", "--python", environment.interpreter,
        "--project", str(environment.project), *environment.options,
    ]  # fmt: skip
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    finished = subprocess.run(
        command,
        env={**inherited, "UV_PROJECT_ENVIRONMENT": str(environment.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise EmulatorError(_explanation(environment, finished.stderr.strip()))
    environment.marker.write_text(wanted)


def _explanation(environment: Environment, came_back: str) -> str:
    attempted = f"Cannot install {environment.title} into {environment.path}: "
    if any(word in came_back.lower() for word in NETWORK_WORDS):
        return (
            f"{attempted}the package index cannot be reached. Check the network, or name another index with "
            f"UV_DEFAULT_INDEX=<url>, and try again; what is installed stays. uv said:\n{came_back}"
        )
    return f"{attempted}uv failed. It said:\n{came_back}"


def _uv() -> str:
    try:
        from uv import find_uv_bin  # noqa: PLC0415  (an own environment made without the package still finds uv below)

        return os.fsdecode(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise EmulatorError("uv was found neither in our environment nor on the path. Run `make install`.")
    return found
