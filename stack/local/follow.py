"""Follow logs: those of the functions through CloudWatch, those of the emulator from its file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stack.local.failure import EmulatorError
from stack.local.home import Home
from stack.local.process import Running

if TYPE_CHECKING:
    from stack.target.target import Target

EVERY = 1.0
"""Seconds between two looks at the functions' logs."""
LOOK = 0.2
"""Seconds between two looks at the emulator."""
HOUR = 3_600_000
"""Milliseconds."""


def follow(target: Target, groups: Mapping[str, str], *, forever: bool) -> Iterator[str]:
    """Yield ``<function> <message>``, of the last hour and then, with ``forever``, as they come."""
    logs = target.client("logs")
    since = dict.fromkeys(groups, int(time.time() * 1000) - HOUR)
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
        time.sleep(EVERY)


def stay(running: Running) -> None:
    """Copy the emulator's log to standard output for as long as the emulator lives.

    Raises:
        EmulatorError: it ended, and nobody here told it to.
    """
    home = Home(running.home)
    with running.log_path.open() as log:
        alive = True
        while alive:
            alive = home.held()
            sys.stdout.write(log.read())
            sys.stdout.flush()
            time.sleep(LOOK)
    raise EmulatorError(f"the emulator (process {running.pid}) ended by itself; its last snapshot is in {home.path}")
