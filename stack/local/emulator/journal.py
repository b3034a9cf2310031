"""What was measured since the last snapshot, in a file that a kill leaves: one JSON line for each time it was stored.

The journal that began with a snapshot has its number, and is removed by the next one. A run begins by storing the
journals of its snapshot and of one that was begun after it and not completed.
"""

from __future__ import annotations

import contextlib
import json
import logging
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger("stack.emulator")


class Journal:
    """The journals in one folder; the one that `begin` opened last is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIO | None = None

    def entries(self) -> Iterator[Any]:
        """Yield what earlier runs wrote and no snapshot has; the last line of a killed run may be cut, and is left."""
        for path in sorted(self._folder.glob("telemetry-*.jsonl")):
            for line in path.read_text(errors="replace").splitlines():
                with contextlib.suppress(ValueError):
                    yield json.loads(line)

    def begin(self, number: int) -> None:
        """Write what comes from now on beside snapshot `number`."""
        self.close()
        self._file = (self._folder / f"telemetry-{number:08d}.jsonl").open("a")

    def write(self, entry: Any) -> None:
        """Hand one line to the system, which keeps it although this process is killed. A full disk loses it."""
        if self._file:
            try:
                self._file.write(json.dumps(entry) + "\n")
                self._file.flush()
            except OSError as error:
                logger.error("Cannot keep telemetry until the next snapshot: %s.", error.strerror or error)  # noqa: TRY400
                self.close()

    def forget_before(self, number: int) -> None:
        """Remove the journals of snapshots before `number`."""
        for path in self._folder.glob("telemetry-*.jsonl"):
            if int(path.stem.removeprefix("telemetry-")) < number:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the present journal."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
