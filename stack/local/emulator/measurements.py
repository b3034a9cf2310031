"""Data points and log lines on their way into CloudWatch: noted by any thread, stored ten times a second by the loop.

Data points of one metric and period are stored as values with counts, so that percentiles are exact and a busy metric
stays small. MiniStack's own statistics of AWS services are replaced by these.
"""

from __future__ import annotations

import collections
import time
from typing import TYPE_CHECKING, Any

from ministack.core import responses
from ministack.services import cloudwatch, cloudwatch_logs
from pinned import require, require_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from journal import Journal

PATCH = "telemetry"
MOST_WAITING = 100_000
"""Data points and lines that wait for the loop; the oldest are dropped."""

OLDEST_SECONDS, NEWEST_SECONDS = 14 * 86_400, 2 * 3600
"""The limits of a data point's time, before and after now. CloudWatch drops others; here they count as present."""


def check() -> None:
    """Stop unless MiniStack's stores have the expected shape."""
    require_parameters(cloudwatch._dims_key, ("dims",), PATCH)
    require_parameters(cloudwatch._metric_bucket, ("key",), PATCH)
    require_parameters(cloudwatch_logs._append_log_events, ("stream", "events"), PATCH)
    require(hasattr(cloudwatch._metrics, "_data"), PATCH, "metrics are kept by account and region")


class Measurements:
    """The data points and lines that wait to be stored. `resolution_seconds` is the length of a data point's period.

    `on` is False while `make bench` measures what all of this costs.
    """

    def __init__(self, journal: Journal) -> None:
        self.on = True
        self.resolution_seconds = 60
        self._points = collections.deque[tuple[Any, ...]](maxlen=MOST_WAITING)
        self._lines = collections.deque[tuple[Any, ...]](maxlen=MOST_WAITING)
        self._journal = journal

    def note(  # noqa: PLR0917 (in the order of PutMetricData)
        self, namespace: str, name: str, unit: str, value: float, dimensions: Mapping[str, str], at: float | None = None
    ) -> None:
        """Note one data point of the present account and region, of now or of another moment."""
        if not self.on:
            return
        now = time.time()
        if at is not None and now - OLDEST_SECONDS <= at <= now + NEWEST_SECONDS:
            now = at
        moment = int(now) - int(now) % self.resolution_seconds
        self._points.append((scope(), namespace, name, unit, tuple(dimensions.items()), moment, value))

    def log(self, group: str, stream: str, line: str) -> None:
        """Note one line of a log group of the present account and region."""
        if not self.on:
            return
        self._lines.append((scope(), group, stream, int(time.time() * 1000), line))

    def store(self) -> None:
        """Store all that waits. For the event loop only: MiniStack reads its stores there."""
        counted: dict[tuple[Any, ...], collections.Counter[float]] = collections.defaultdict(collections.Counter)
        while self._points:
            point = self._points.popleft()
            counted[point[:-1]][point[-1]] += 1
        for metric, values in counted.items():
            store_points(metric, values)
            self._journal.points(metric, values)
        streams: dict[tuple[Any, ...], list[tuple[int, str]]] = collections.defaultdict(list)
        while self._lines:
            account_and_region, group, stream, moment, line = self._lines.popleft()
            streams[account_and_region, group, stream].append((moment, line))
        for where, lines in streams.items():
            _publish_lines(where, lines)
        self._journal.write()


def store_points(metric: tuple[Any, ...], values: Mapping[float, float]) -> None:
    """Add values of one metric and moment to those that are stored; a stored point itself never changes."""
    account_and_region, namespace, name, unit, dimensions, moment = metric
    with scoped(account_and_region):
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dict(dimensions))))
    new = dict(values)
    for back, point in enumerate(reversed(points), start=1):
        if point["Timestamp"] != moment:
            break
        if point["Value"] in new and "Count" in point:
            points[-back] = {**point, "Count": point["Count"] + new.pop(point["Value"])}
    base = {"Timestamp": moment, "Unit": unit, "Dimensions": dict(dimensions)}
    points += [{**base, "Value": float(value), "Count": float(count)} for value, count in new.items()]


def append_lines(where: tuple[Any, ...], lines: Sequence[Sequence[Any]]) -> bool:
    """Append moments in milliseconds and messages to a stream; whether its log group exists."""
    account_and_region, group, stream = where
    with scoped(account_and_region):
        kept = cloudwatch_logs._log_groups.get(group)
    if kept is None:  # a log group is declared, and nobody else makes it
        return False
    empty = {"events": [], "uploadSequenceToken": "1", "creationTime": lines[0][0]}
    empty |= dict.fromkeys(("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"))
    events = [{"timestamp": moment, "message": line, "ingestionTime": moment} for moment, line in lines]
    cloudwatch_logs._append_log_events(kept["streams"].setdefault(stream, empty), events)
    return True


def _publish_lines(where: tuple[Any, ...], lines: Sequence[Sequence[Any]]) -> None:
    if append_lines(where, lines):
        account_and_region, group, stream = where
        with scoped(account_and_region):
            events = [{"timestamp": moment, "message": line} for moment, line in lines]
            cloudwatch_logs._fanout_to_subscription_filters(group, stream, events)


def scope() -> tuple[str, str]:
    """Return the account and the region of the present request."""
    return responses.get_account_id(), responses.get_region()


class scoped:  # noqa: N801 (used like a function)
    """Act in an account and a region, as a request there would."""

    def __init__(self, account_and_region: tuple[str, ...]) -> None:
        self._scope = account_and_region

    def __enter__(self) -> None:
        account, region = self._scope
        self._tokens = responses._request_account_id.set(account), responses._request_region.set(region)

    def __exit__(self, *_: object) -> None:
        account, region = self._tokens
        responses._request_region.reset(region)
        responses._request_account_id.reset(account)


def milliseconds_since(begun: float) -> float:
    """Return the time since then, in whole milliseconds from 10 on: few different values keep a metric small."""
    passed = (time.perf_counter() - begun) * 1000
    return round(passed, 1) if passed < 10 else round(passed)  # noqa: PLR2004
