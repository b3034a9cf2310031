"""The folder that holds all files of one emulator, and the record of the process that works there.

The lock is the truth: the emulator holds it as long as it lives, and the system releases it however the process ends.
The record only describes the process, and is stale when nobody holds the lock.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack.local import locks
from stack.local.environments import PROJECT
from stack.local.failure import ANOTHER_HOME, EmulatorError, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENTS = ("state", "objects", "tmp")
SPACE_MB = 200
"""Megabytes that a running stack takes: mostly its functions and their layers, unpacked."""


def default_home() -> Path:
    """Return `$STACK_HOME`, or `.stack` in the project."""
    return Path(os.environ.get("STACK_HOME") or PROJECT / ".stack").absolute()


@dataclass(frozen=True)
class Record:
    """The emulator's description of itself. `started` is in seconds since the epoch, `python` is like `3.11`."""

    pid: int
    host: str
    port: int
    started: float
    version: str
    nonce: str
    stock: bool
    region: str
    python: str = ""

    @property
    def endpoint_url(self) -> str:
        """The address for clients on this machine: loopback also for an emulator that listens on all addresses."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


FIELDS = frozenset(field.name for field in dataclasses.fields(Record))


@dataclass(frozen=True)
class Home:
    """One emulator's folder. Every method raises an EmulatorError where the system refuses."""

    path: Path

    @property
    def log(self) -> Path:
        """The log of the latest emulator; that of the one before lies beside it as `emulator.log.1`."""
        return self.path / "emulator.log"

    @property
    def lock(self) -> Path:
        """The file that the running emulator holds a lock on."""
        return self.path / "emulator.lock"

    @property
    def record_path(self) -> Path:
        """The file in which the running emulator describes itself."""
        return self.path / "emulator.json"

    def record(self) -> Record | None:
        """Return the record of the emulator that runs here or, if `held` is false, of the one that died here.

        None when the last one stopped cleanly.
        """
        with explained(f"read {self.record_path}", ANOTHER_HOME):
            try:
                document: dict[str, Any] = json.loads(self.record_path.read_text())
                return Record(**{name: value for name, value in document.items() if name in FIELDS})
            except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, AttributeError):
                return None

    def held(self) -> bool:
        """Whether an emulator is alive here."""
        with explained(f"see whether an emulator works in the home folder {self.path}", ANOTHER_HOME):
            try:
                return locks.is_held(self.lock)
            except NotADirectoryError:
                return False

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other command starts an emulator here, and keep others waiting meanwhile."""
        with contextlib.ExitStack() as held:
            with explained(f"lock the home folder {self.path}", ANOTHER_HOME):
                held.enter_context(locks.exclusive(self.path / "start.lock"))
            yield

    def prepare(self) -> None:
        """Make the folder, and check that it can be written to."""
        with explained(f"write to the home folder {self.path}", ANOTHER_HOME):
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass

    def make_room(self) -> None:
        """Remove the last emulator's unpacked functions, and check that there is room for those of the next."""
        with explained(f"make room in the home folder {self.path}", ANOTHER_HOME):
            _remove(self.path / "tmp")
        free_mb = self.free_mb()
        if free_mb < SPACE_MB:
            raise EmulatorError(
                f"Cannot start an emulator in the home folder {self.path}: its disk has {free_mb} MB left, and a "
                f"running stack takes {SPACE_MB} MB. Make room, or {ANOTHER_HOME}. The data stays as it is."
            )

    def free_mb(self) -> int:
        """Return the megabytes that are left on the home's disk."""
        with explained(f"measure the disk of the home folder {self.path}", ANOTHER_HOME):
            return shutil.disk_usage(self.path).free // 10**6

    def wipe(self) -> None:
        """Forget all data of a stopped emulator."""
        with explained(f"delete the data in the home folder {self.path}", ANOTHER_HOME):
            for name in CONTENTS:
                _remove(self.path / name)
            for file in (self.record_path, self.path / "region"):
                file.unlink(missing_ok=True)

    def region(self) -> str | None:
        """Return the region that the data of this home belongs to; None before the first start."""
        with explained(f"read the region of the home folder {self.path}", ANOTHER_HOME):
            try:
                return (self.path / "region").read_text().strip() or None
            except FileNotFoundError:
                return None

    def keep_region(self, region: str) -> None:
        """Note that the data of this home belongs to ``region``."""
        with explained(f"note the region in the home folder {self.path}", ANOTHER_HOME):
            (self.path / "region").write_text(f"{region}\n")

    def last_lines(self, lines: int = 8) -> str:
        """Return the end of the log, for a message about a process that ended too early."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"


def _remove(folder: Path) -> None:
    """Delete a folder that may be missing."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
