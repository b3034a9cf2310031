"""The values of a dashboard's lines and the states of its alarms, as CloudWatch's API gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stack.dashboard.body import Alarms, Chart, Line, Widget

if TYPE_CHECKING:
    from stack.target.target import Target

MOST_QUERIES = 500
"""Of one GetMetricData. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
MOST_ALARMS = 100
MOST_POINTS = 200
"""On a chart; a longer time gets a longer period."""
MINUTE = 60
PERIODS = (MINUTE, 300, 900, 3600, 21_600, 86_400)
Points = tuple[tuple[datetime, float], ...]
"""Times with a value, oldest first; a period without data is absent."""


@dataclass(frozen=True, slots=True)
class Values:
    """All that is drawn: from ``start`` to ``end``, one value each ``period`` seconds of each chart."""

    start: datetime
    end: datetime
    points: Mapping[Chart, tuple[Points, ...]]
    periods: Mapping[Chart, int]
    states: Mapping[str, str]


def read_values(target: Target, widgets: Sequence[Widget], seconds: int, now: datetime | None = None) -> Values:
    """The values of the last ``seconds``, and the state of each alarm: OK, ALARM, INSUFFICIENT_DATA."""
    charts = [each for each in widgets if isinstance(each, Chart)]
    periods = {chart: period_of(chart.period, seconds) for chart in charts}
    longest = max(periods.values(), default=PERIODS[0])
    end = now or datetime.now(UTC)
    start = end - timedelta(seconds=seconds)
    start = datetime.fromtimestamp(start.timestamp() // longest * longest, UTC)
    wanted = [(chart, line) for chart in charts for line in chart.lines]
    queries = [_query(at, line, periods[chart]) for at, (chart, line) in enumerate(wanted)]
    found = dict(_points(target, queries, start, end))
    points: dict[Chart, tuple[Points, ...]] = dict.fromkeys(charts, ())
    for at, (chart, _) in enumerate(wanted):
        points[chart] += (found.get(f"m{at}", ()),)
    return Values(start, end, points, periods, _states(target, widgets))


def period_of(declared: int, seconds: int) -> int:
    """The shortest period from the declared one on with which a chart has few enough points."""
    fitting = (each for each in PERIODS if each >= declared and seconds / each <= MOST_POINTS)
    return next(fitting, PERIODS[-1])


def _query(at: int, line: Line, period: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in line.dimensions]
    metric = {"Namespace": line.namespace, "MetricName": line.metric, "Dimensions": dimensions}
    return {"Id": f"m{at}", "MetricStat": {"Metric": metric, "Period": period, "Stat": line.statistic}}


def _points(target: Target, queries: Sequence[Any], start: datetime, end: datetime) -> Iterator[tuple[str, Points]]:
    """The points of each query. CloudWatch may spread the points of one over several pages."""
    pages = target.client("cloudwatch").get_paginator("get_metric_data")
    for first in range(0, len(queries), MOST_QUERIES):
        found: dict[str, list[tuple[datetime, float]]] = {}
        for page in pages.paginate(
            MetricDataQueries=queries[first : first + MOST_QUERIES], StartTime=start, EndTime=end
        ):
            for result in page["MetricDataResults"]:
                found.setdefault(result["Id"], []).extend(zip(result["Timestamps"], result["Values"], strict=True))
        yield from ((name, tuple(sorted(points))) for name, points in found.items())


def _states(target: Target, widgets: Sequence[Widget]) -> dict[str, str]:
    names = [name for each in widgets if isinstance(each, Alarms) for name in each.names]
    states: dict[str, str] = {}
    for first in range(0, len(names), MOST_ALARMS):
        asked = names[first : first + MOST_ALARMS]
        pages = target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=asked)
        states |= {each["AlarmName"]: each["StateValue"] for page in pages for each in page["MetricAlarms"]}
    return states
