"""Follow logs: the functions' through CloudWatch, the emulator's from its file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stack.local.failure import EmulatorError, explained
from stack.local.home import Home
from stack.local.running import Running

if TYPE_CHECKING:
    from stack.target.target import Target

CLOUDWATCH_SECONDS = 1.0
"""Between two reads of the functions' logs."""
FILE_SECONDS = 0.2
"""Between two reads of the emulator's log."""
HOUR_MILLISECONDS = 3_600_000


def follow(target: Target, groups: Mapping[str, str], *, forever: bool) -> Iterator[str]:
    """Yield ``<function> <message>`` of the last hour and then, with ``forever``, each new one."""
    logs = target.client("logs")
    since = dict.fromkeys(groups, int(time.time() * 1000) - HOUR_MILLISECONDS)
    while True:
        lines: list[tuple[int, str]] = []
        for name, group in groups.items():
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since[name])
            events = [event for page in pages for event in page["events"]]
            lines += [(event["timestamp"], f"{name} {event['message'].rstrip()}") for event in events]
            if events:
                since[name] = max(event["timestamp"] for event in events) + 1
        yield from (line for _, line in sorted(lines))
        if not forever:
            return
        time.sleep(CLOUDWATCH_SECONDS)


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
