"""Follow the log of the emulator, a file in its home."""

from __future__ import annotations

import sys
import time

from stack.local.failure import EmulatorError, explained
from stack.local.home import Home
from stack.local.running import Running

FILE_SECONDS = 0.2
"""Between two reads of the log."""


def stay(running: Running) -> None:
    """Copy the emulator's log to standard output for as long as the emulator lives.

    Raises:
        EmulatorError: it ended although nothing here stopped it, or its log cannot be read.
    """
    home = Home(running.home)
    with explained(f"read the emulator's log, {running.log_path}"):
        log = running.log_path.open(errors="replace")
    with log:
        alive = True
        while alive:
            alive = home.held()
            sys.stdout.write(log.read())
            sys.stdout.flush()
            time.sleep(FILE_SECONDS)
    raise EmulatorError(
        f"Cannot follow the emulator any longer: its process {running.pid} ended by itself. "
        f"Its last snapshot is in {home.path}; start it again with `stack up`."
    )
