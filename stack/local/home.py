"""The folder that one emulator leaves everything in, and the record of who works there.

The lock is the truth: the emulator holds it as long as it lives and the system lets go of it however it dies.
The record only says what the process is called, and is stale when nobody holds the lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.local.failure import EmulatorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENTS = ("state", "objects", "tmp")
SPACE_MB = 200
"""What a running stack takes, most of it its functions and their layers, unpacked."""


@dataclass(frozen=True)
class Record:
    """What the emulator wrote about itself. `started` is in seconds since the epoch."""

    pid: int
    host: str
    port: int
    started: float
    version: str
    nonce: str
    stock: bool
    region: str

    @property
    def endpoint_url(self) -> str:
        """Where a client on this machine finds it: an emulator bound to all addresses does so on loopback."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Home:
    """One emulator's folder: `$STACK_HOME`, or `.stack` in the project."""

    path: Path

    @property
    def log(self) -> Path:
        """What the emulator of now wrote; the one before is kept beside it as `emulator.log.1`."""
        return self.path / "emulator.log"

    @property
    def record_path(self) -> Path:
        """Where the running emulator wrote who it is."""
        return self.path / "emulator.json"

    def record(self) -> Record | None:
        """Who works here or, if `held` is false, who died here. None when the last one stopped cleanly."""
        try:
            document: dict[str, Any] = json.loads(self.record_path.read_text())
            return Record(**document)
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            return None

    def held(self) -> bool:
        """Whether an emulator is alive here."""
        try:
            with (self.path / "emulator.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other command is starting an emulator here, and keep others waiting meanwhile."""
        with (self.path / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """Make the folder and see that it can be written to.

        Raises:
            EmulatorError: it cannot be made or written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise EmulatorError(
                f"Cannot write to the home folder {self.path}: {error.strerror}. "
                "Make it writable, or choose another one with STACK_HOME=<folder>."
            ) from error

    def make_room(self) -> None:
        """Remove what the last emulator unpacked, and see that there is room for the next one to do so.

        Raises:
            EmulatorError: the disk is too full.
        """
        shutil.rmtree(self.path / "tmp", ignore_errors=True)
        if (free := shutil.disk_usage(self.path).free // 10**6) < SPACE_MB:
            raise EmulatorError(
                f"The disk of the home folder {self.path} has {free} MB left, and a running stack takes {SPACE_MB} MB. "
                "Make room, or choose another one with STACK_HOME=<folder>. The data in it stay as they are."
            )

    def wipe(self) -> None:
        """Forget all data of a stopped emulator."""
        for name in CONTENTS:
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.record_path.unlink(missing_ok=True)

    def last_words(self, lines: int = 8) -> str:
        """The end of the log, for a message about a process that ended too early."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"
