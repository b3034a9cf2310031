"""The events of log groups through FilterLogEvents, in the order of time, without holding more than a page of each.

CloudWatch orders the events of an answer by time and ends it with a token. One local target knows no token and cuts an
answer after 10,000 events; the read then goes on from the millisecond of the last one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.errors import explain
from stack.logs.event import Event, event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

MOST_EVENTS = 10_000
"""Events of one answer.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""


@dataclass(frozen=True, slots=True)
class Groups:
    """Log groups, each by the source of its events: ``api`` or the key of a function."""

    client: CloudWatchLogsClient
    names: Mapping[str, str]

    def read(self, since: int, until: int | None = None, *, text: str = "") -> Iterator[Event]:
        """Every event of a time in milliseconds, the oldest first; only those with ``text``, where it is given.

        Raises:
            CallFailed
        """
        return merged(self.group(source, since, until, text=text) for source in self.names)

    def group(
        self, source: str, since: int, until: int | None = None, *, text: str = "", streams: Sequence[str] = ()
    ) -> Iterator[Event]:
        """The events of one group; of its ``streams`` only, where they are given. See ``read``."""
        request: dict[str, Any] = {"logGroupName": self.names[source]}
        if until is not None:
            request["endTime"] = until
        if text:
            request["filterPattern"] = f'"{text}"'
        if streams:
            request["logStreamNames"] = list(streams)

        def pages(start: int) -> Iterator[list[Event]]:
            for page in self.client.get_paginator("filter_log_events").paginate(**request, startTime=max(start, 0)):
                yield [
                    event(each["timestamp"], source, each["logStreamName"], each["message"]) for each in page["events"]
                ]

        with explain(f"Cannot read the log group {self.names[source]}"):
            yield from _continued(pages, since)


def merged(several: Iterable[Iterable[Event]]) -> Iterator[Event]:
    """The events of iterables that are in the order of time, in that order."""
    return heapq.merge(*several, key=lambda each: each.at)


def _continued(pages: Callable[[int], Iterator[list[Event]]], since: int) -> Iterator[Event]:
    """The events of the pages from ``since`` on, and those behind the end of an answer that was cut."""
    start, given, size = since, 0, MOST_EVENTS
    while size >= MOST_EVENTS:
        last, of_last, size = start, 0, 0
        for page in pages(start):
            size = len(page)
            for each in page:
                last, of_last = (last, of_last + 1) if each.at == last else (each.at, 1)
                if each.at != start or of_last > given:
                    yield each
        # More than an answer holds in one millisecond cannot be read in this way.
        start, given = (last, of_last) if last > start else (start + 1, 0)
