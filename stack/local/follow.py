"""Follow logs: those of the functions through CloudWatch, those of the emulator from its file."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stack.local.process import Running

if TYPE_CHECKING:
    from stack.target import Target

EVERY = 1.0
"""Seconds between two looks."""
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
    """Copy the emulator's log to standard output until SIGINT or SIGTERM."""
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with running.log_path.open() as log:
        while not ended.wait(0.2):
            sys.stdout.write(log.read())
            sys.stdout.flush()
