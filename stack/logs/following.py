"""New events of log groups, for as long as somebody looks: none is given twice, and none is missed.

An event may become readable later than one that is younger. So each read begins some time before the youngest new
event of its group, and leaves out what was given before. The clocks of this machine and of AWS may differ: no read
begins by a clock. Only where this machine's clock is set back, the next read begins earlier by the same time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

from stack.logs.event import Event
from stack.logs.reading import Groups, merged

OVERLAP_MILLISECONDS = 30_000
"""An event that becomes readable later than this after a younger one of its group is missed."""
LEAST_SET_BACK_SECONDS = 1.0
"""A clock that follows a time server goes back by less."""
TRIM_EVERY = 10_000
"""Events between two times at which the first, long read forgets what no later one can meet."""


class Seen:
    """The events of one group that were given, as far back as the next read begins.

    Equal events of one stream and millisecond are counted: a function may write the same line twice. Ids of events
    would not help: one local target has none.
    """

    def __init__(self, since: int) -> None:
        self.start = since
        self._given: Counter[tuple[int, str, str]] = Counter()

    def new(self, events: Iterator[Event]) -> Iterator[Event]:
        """Those of the events since ``start`` that were not given; ``start`` is then that of the next read."""
        met_again, youngest = self._given.copy(), self.start
        for count, each in enumerate(events, 1):
            key = (each.at, each.stream, each.message)
            if met_again[key]:
                met_again[key] -= 1
            else:
                youngest = max(youngest, each.at)
                self._given[key] += 1
                yield each
            if not count % TRIM_EVERY:
                self._forget(youngest - OVERLAP_MILLISECONDS)
        self.start = max(self.start, youngest - OVERLAP_MILLISECONDS)
        self._forget(self.start)

    def go_back(self, milliseconds: int, known: Iterator[Event]) -> None:
        """Begin the next read earlier; ``known`` are the events that exist between its start and the present one."""
        self._given.update((each.at, each.stream, each.message) for each in known)
        self.start -= milliseconds

    def _forget(self, before: int) -> None:
        for key in [each for each in self._given if each[0] < before]:
            del self._given[key]


def follow(
    groups: Groups, since: int, *, pause: Callable[[], None], now: Callable[[], float] = time.time
) -> Iterator[Event]:
    """Every event since a time in milliseconds, and each new one; ``pause`` waits between two reads.

    Raises:
        CallFailed
    """
    seen = {source: Seen(since) for source in groups.names}
    offset = now() - time.monotonic()
    while True:
        yield from merged(each.new(groups.group(source, each.start)) for source, each in seen.items())
        pause()
        set_back, offset = offset - (now() - time.monotonic()), now() - time.monotonic()
        if set_back > LEAST_SET_BACK_SECONDS:
            for source, each in seen.items():
                milliseconds = round(set_back * 1000)
                each.go_back(milliseconds, groups.group(source, each.start - milliseconds, each.start - 1))
