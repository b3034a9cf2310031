"""Data points and log lines on their way into CloudWatch: noted by any thread, stored ten times a second by the loop.

Data points of one metric and period are stored as values with counts, so that percentiles are exact and a busy metric
stays small. MiniStack's own statistics of AWS services are replaced by these.
"""

from __future__ import annotations

import collections
import time
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch, cloudwatch_logs
from pinned import require, require_parameters

PATCH = "telemetry"
MOST_WAITING = 100_000
"""Data points and lines that wait for the loop; the oldest are dropped."""
DAY_SECONDS = 86_400
KEPT_DAYS = 3
"""Age of the data points that a laptop keeps; CloudWatch keeps them for 15 months."""
MOST_STREAMS = 10_000
"""Log streams kept of a log group: each invocation makes one."""


def check() -> None:
    """Stop unless MiniStack's stores have the expected shape."""
    require_parameters(cloudwatch._dims_key, ("dims",), PATCH)
    require_parameters(cloudwatch._metric_bucket, ("key",), PATCH)
    require_parameters(cloudwatch_logs._append_log_events, ("stream", "events"), PATCH)
    require(hasattr(cloudwatch._metrics, "_data"), PATCH, "metrics are kept by account and region")


class Measurements:
    """What waits to be stored. `resolution_seconds` is the length of the period that a data point belongs to.

    `on` is False while `make bench` measures what all of this costs.
    """

    def __init__(self) -> None:
        self.on = True
        self.resolution_seconds = 60
        self._points = collections.deque[tuple[Any, ...]](maxlen=MOST_WAITING)
        self._lines = collections.deque[tuple[Any, ...]](maxlen=MOST_WAITING)

    def note(self, namespace: str, name: str, unit: str, value: float, **dimensions: str) -> None:
        """Note one data point of the present account and region."""
        if not self.on:
            return
        scope = responses.get_account_id(), responses.get_region()
        now = int(time.time())
        moment = now - now % self.resolution_seconds
        self._points.append((scope, namespace, name, unit, tuple(dimensions.items()), moment, value))

    def log(self, group: str, stream: str, line: str) -> None:
        """Note one line of a log group of the present account and region."""
        if not self.on:
            return
        scope = responses.get_account_id(), responses.get_region()
        self._lines.append((scope, group, stream, int(time.time() * 1000), line))

    def store(self) -> None:
        """Store all that waits. For the event loop only: MiniStack reads its stores there."""
        counted: dict[tuple[Any, ...], collections.Counter[float]] = collections.defaultdict(collections.Counter)
        while self._points:
            point = self._points.popleft()
            counted[point[:-1]][point[-1]] += 1
        for metric, values in counted.items():
            _store_points(metric, values)
        streams: dict[tuple[Any, ...], list[tuple[int, str]]] = collections.defaultdict(list)
        while self._lines:
            scope, group, stream, moment, line = self._lines.popleft()
            streams[scope, group, stream].append((moment, line))
        for where, lines in streams.items():
            _store_lines(where, lines)


def _store_points(metric: tuple[Any, ...], values: collections.Counter[float]) -> None:
    scope, namespace, name, unit, dimensions, moment = metric
    with scoped(scope):
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dict(dimensions))))
    for point in reversed(points):
        if point["Timestamp"] != moment:
            break
        if point["Value"] in values and "Count" in point:
            point["Count"] += values.pop(point["Value"])
    base = {"Timestamp": moment, "Unit": unit, "Dimensions": dict(dimensions)}
    points += [{**base, "Value": float(value), "Count": float(count)} for value, count in values.items()]


def _store_lines(where: tuple[Any, ...], lines: list[tuple[int, str]]) -> None:
    scope, group, stream = where
    with scoped(scope):
        kept = cloudwatch_logs._log_groups.get(group)
    if kept is None:  # a log group is declared, and nobody else makes it
        return
    empty = {"events": [], "uploadSequenceToken": "1", "creationTime": lines[0][0]}
    empty |= dict.fromkeys(("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"))
    events = [{"timestamp": moment, "message": line, "ingestionTime": moment} for moment, line in lines]
    cloudwatch_logs._append_log_events(kept["streams"].setdefault(stream, empty), events)


class scoped:  # noqa: N801 (used like a function)
    """Act in an account and a region, as a request there would."""

    def __init__(self, scope: tuple[str, str]) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        account, region = self._scope
        self._tokens = responses._request_account_id.set(account), responses._request_region.set(region)

    def __exit__(self, *_: object) -> None:
        account, region = self._tokens
        responses._request_region.reset(region)
        responses._request_account_id.reset(account)


def forget_old() -> None:
    """Remove old data points, and log streams older than their group's retention or beyond the number kept."""
    oldest = time.time() - KEPT_DAYS * DAY_SECONDS
    for key, points in list(cloudwatch._metrics._data.items()):
        kept = [point for point in points if point["Timestamp"] >= oldest]
        if not kept:
            del cloudwatch._metrics._data[key]
        elif len(kept) < len(points):
            cloudwatch._metrics._data[key] = kept
    for group in list(cloudwatch_logs._log_groups._data.values()):
        days = group.get("retentionInDays")
        oldest_ms = (time.time() - days * DAY_SECONDS) * 1000 if days else 0
        streams = group["streams"]
        for at, (name, stream) in enumerate(list(streams.items()), start=1):
            if len(streams) > MOST_STREAMS or (stream["lastEventTimestamp"] or stream["creationTime"]) < oldest_ms:
                del streams[name]
            elif at > MOST_STREAMS:
                break
