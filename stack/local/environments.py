"""The Python environments beside our own: each made from a lock by one Python, and never changed afterwards.

``emulator`` holds MiniStack and its dependencies. ``runtime`` holds the packages that AWS puts into a Lambda runtime,
so that a handler sees neither our packages nor the emulator's.

They lie in the project, in ``.environments``, and not in a home: two stacks on one machine share them. A changed lock
or another Python gets a folder of its own, beside the one that a running stack uses. A process that uses an environment
holds a lock on it, and an environment of an older lock is removed when nobody holds its lock. uv makes them; once made,
nothing here touches the network.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stack.local import locks
from stack.local.failure import explained
from stack.local.installation import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PROJECT = Path(__file__).resolve().parents[2]
EMULATOR = Path(__file__).resolve().parent / "emulator"
ENVIRONMENTS = PROJECT / ".environments"


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and what it is made from: a project folder with a lock, options of uv, and a Python."""

    title: str
    name: str
    project: Path
    options: tuple[str, ...] = ()
    interpreter: str = ""
    """The Python to make it with; empty for the one that runs this."""

    @property
    def path(self) -> Path:
        """Its folder, named after its lock and its Python. Not after its place: a copy of the project may share it."""
        facts = self.interpreter or f"{sys.version}\n{sys.base_prefix}"
        return ENVIRONMENTS / f"{self._family}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    @property
    def lock(self) -> Path:
        """The file on which each process that uses the environment holds a lock."""
        return self.path / ".in-use"

    @property
    def link(self) -> Path:
        """A short name for people and tools: it leads to the environment of the Python that was there first."""
        return PROJECT / f".venv-{self.name}"

    def is_complete(self) -> bool:
        """Whether it was made to the end, and its Python is still there."""
        return self.lock.exists() and self.python.exists()

    def obsolete(self) -> Iterator[Path]:
        """Yield the folders of other locks than today's, and those whose Python is gone."""
        for folder in ENVIRONMENTS.glob(f"{self.name}-*"):
            if not folder.name.startswith(f"{self._family}-") or not (folder / "bin" / "python").exists():
                yield folder

    @property
    def _family(self) -> str:
        digest = hashlib.sha256("\n".join(self.options).encode())
        digest.update((self.project / "uv.lock").read_bytes())
        return f"{self.name}-{digest.hexdigest()[:8]}"


def emulator_environment() -> Environment:
    """Return the environment of MiniStack."""
    return Environment("the emulator", "emulator", EMULATOR)


def runtime_environment() -> Environment:
    """Return the environment that the handlers run in."""
    options = ("--only-group", "runtime", "--no-install-project")
    return Environment("the Lambda runtime", "runtime", PROJECT, options)


def handlers_python() -> Path:
    """Return the interpreter that runs the handlers: the Python that a layer has to be built for."""
    return runtime_environment().python


def ensure_environments(say: Callable[[str], None] = print) -> None:
    """Make those of both environments that are missing; does nothing, and needs no network, when both are there.

    Raises:
        EmulatorError: uv is missing or failed, or the package index cannot be reached.
    """
    for environment in (emulator_environment(), runtime_environment()):
        ensure(environment, say)


def ensure(environment: Environment, say: Callable[[str], None] = print) -> None:
    """Make one environment if it is missing, and remove those that it replaces.

    Raises:
        EmulatorError: as for ``ensure_environments``.
    """
    with _turn(environment):
        _ensure(environment, say)


@contextlib.contextmanager
def in_use(environments: Iterable[Environment], say: Callable[[str], None] = print) -> Iterator[tuple[int, ...]]:
    """Make the environments that are missing, and keep all of them from being removed.

    Yields descriptors: a child process that inherits them keeps the environments until it ends.

    Raises:
        EmulatorError: as for ``ensure_environments``.
    """
    with contextlib.ExitStack() as held:
        descriptors = []
        for environment in environments:
            with _turn(environment):
                _ensure(environment, say)
                with contextlib.suppress(OSError):  # without locks nobody removes an environment either
                    descriptors.append(held.enter_context(locks.shared(environment.lock)))
        yield tuple(descriptors)


@contextlib.contextmanager
def _turn(environment: Environment) -> Iterator[None]:
    """Let one process at a time make, take or remove environments of this name."""
    with contextlib.ExitStack() as held:
        # Where the project may only be read, as in our image, everything is there and nothing is to be removed.
        with contextlib.suppress(OSError):
            ENVIRONMENTS.mkdir(exist_ok=True)
            held.enter_context(locks.exclusive(ENVIRONMENTS / f"{environment.name}.lock"))
        yield


def _ensure(environment: Environment, say: Callable[[str], None]) -> None:
    if not environment.is_complete():
        say(f"Installing {environment.title} into {environment.path.relative_to(PROJECT)} …")
        with explained(f"install {environment.title} into {environment.path}"):
            if environment.path.exists():  # an earlier run was killed, and uv refuses a folder that is no environment
                shutil.rmtree(environment.path)
            install(environment.title, environment.path, _command(environment))
            environment.lock.touch()
    with contextlib.suppress(OSError):  # as above
        _replace_obsolete(environment)


def _replace_obsolete(environment: Environment) -> None:
    obsolete, link = set(environment.obsolete()), environment.link
    for folder in obsolete:
        _remove(folder)
    if link.is_symlink() and (not link.exists() or PROJECT / link.readlink() in obsolete):
        link.unlink()
    if not link.exists():
        link.symlink_to(environment.path.relative_to(PROJECT))


def _command(environment: Environment) -> tuple[str, ...]:
    python = environment.interpreter or sys.executable
    return ("--python", python, "--project", str(environment.project), *environment.options)


def _remove(folder: Path) -> None:
    if not locks.is_used(folder / ".in-use"):
        # First out of its name: what is removed halfway is never taken for an environment.
        grave = folder.with_name(f"removed-{folder.name}-{os.getpid()}")
        folder.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)
