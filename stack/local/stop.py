"""Stop the embedded emulator: ask it first, kill it if it does not heed, and signal no other process."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from stack.local.failure import ANOTHER_HOME, EmulatorError, explained
from stack.local.home import Home, Record

STOP_SECONDS = 30.0
SETTLE_SECONDS = 5.0
Say = Callable[[str], None]


def emulator_stop(home: Path, *, say: Say = print) -> bool:
    """Stop the home's emulator after it saved its state; False when none ran.

    Raises:
        EmulatorError: it belongs to another user, left no record, or could not save its state.
    """
    place = Home(home.absolute())
    record = _settled(place)
    if not place.held():
        if record is not None:
            report_death(record, fresh=False, say=say)
            _forget(place)
        return False
    if record is None or not _is_alive(record.pid):
        raise EmulatorError(
            f"Cannot stop the emulator in {place.path}: it left no record of its process. "
            f"Find the process that holds {place.lock} and end it."
        )
    _end(place, record, signal.SIGTERM)
    if _released(place, STOP_SECONDS):
        _check_saved(place, record)
        return True
    say(
        f"The emulator (process {record.pid}) did not stop within {STOP_SECONDS:.0f} s, so it is killed. "
        "Its last snapshot stays."
    )
    _end(place, record, signal.SIGKILL)
    if not _released(place, STOP_SECONDS):
        raise EmulatorError(
            f"Cannot stop the emulator in {place.path}: process {record.pid} outlives SIGKILL, as a process does "
            "whose disk or network drive does not answer. Try again when it answers."
        )
    _forget(place)
    return True


def report_death(record: Record, *, fresh: bool, say: Say) -> None:
    """Mention an emulator that ended without stopping; ``fresh``: its data is about to be deleted anyway."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.started))
    data = "" if fresh else " The data of its last snapshot is still there."
    say(f"The emulator started at {since} (process {record.pid}) ended without stopping cleanly.{data}")


def _settled(place: Home) -> Record | None:
    """Return the record, after a wait where a lock without one shows that an emulator is just starting or ending."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (record := place.record()) is None and place.held() and time.monotonic() < deadline:
        time.sleep(0.01)
    return record


def _check_saved(place: Home, record: Record) -> None:
    """Raise if the emulator left its record behind: it removes it as its last step, after it saved its state."""
    if place.record() == record:
        _forget(place)
        # On a full disk the log has no line about it either.
        cause = place.last_lines(1) or "It ended with an error."
        raise EmulatorError(
            f"Cannot save the latest data of the emulator in {place.path}, whose disk has {place.free_mb()} MB left: "
            f"{cause} The snapshot before stays. Its log is {place.log}."
        )


def _forget(place: Home) -> None:
    with explained(f"remove {place.record_path}", ANOTHER_HOME):
        place.record_path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and belongs to another user
        return True
    return True


def _end(place: Home, record: Record, number: signal.Signals) -> None:
    """Signal the process of the record, unless the home's lock was released: another process may have its number."""
    if not place.held() or place.record() != record:
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)
    except PermissionError as error:
        raise EmulatorError(
            f"Cannot stop the emulator in {place.path}: its process {record.pid} belongs to another user. "
            "Run `stack down` as that user."
        ) from error


def _released(place: Home, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not place.held():
            return True
        time.sleep(0.01)
    return False
