"""The cost of a thousand requests, from the metrics of a time, the memory of the functions and AWS's list prices.

It counts API Gateway, Lambda and DynamoDB. Stored data, logs, metrics and alarms cost the same without a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stack.dashboard.values import MINUTE, period_of
from stack.topology.functions import specs
from stack.topology.options import Options
from stack.topology.watching.metrics import Metric, Metrics

if TYPE_CHECKING:
    from stack.target.target import Target

MILLION = 1_000_000
REQUEST = 3.50 / MILLION
"""US dollars in us-east-1, November 2026. Source: https://aws.amazon.com/api-gateway/pricing/ (REST APIs)"""
INVOCATION, GB_SECOND = 0.20 / MILLION, 0.0000166667
"""Source: https://aws.amazon.com/lambda/pricing/ (x86)"""
READ_UNIT, WRITE_UNIT = 0.125 / MILLION, 0.625 / MILLION
"""Source: https://aws.amazon.com/dynamodb/pricing/on-demand/"""


FEWEST = 100
"""Requests from which the cost is told: seeds and deployments write, too, and weigh too much among fewer."""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars for a thousand requests, by service, and the number of requests that they are computed from.

    ``table`` is None on a target that measures no capacity.
    """

    requests: int
    gateway: float
    functions: float
    table: float | None

    @property
    def total(self) -> float:
        return self.gateway + self.functions + (self.table or 0)


def read_cost(target: Target, start: datetime, end: datetime) -> Cost | None:
    """The cost of a thousand requests between two times; None without a request."""
    priced = list(_priced(target))
    period = period_of(MINUTE, int((end - start).total_seconds()))
    queries: list[Any] = [_query(at, metric, period) for at, (_, metric, _) in enumerate(priced)]
    pages = target.client("cloudwatch").get_paginator("get_metric_data")
    sums: dict[int, float] = {}
    for page in pages.paginate(MetricDataQueries=queries, StartTime=start, EndTime=end):
        for result in page["MetricDataResults"]:
            if result["Values"]:
                at = int(result["Id"][1:])
                sums[at] = sums.get(at, 0) + sum(result["Values"])
    requests = sums.get(0)
    if not requests:
        return None
    of: dict[str, float] = {}
    for at, number in sums.items():
        service, _, price = priced[at]
        of[service] = of.get(service, 0) + number * price * 1000 / requests
    return Cost(int(requests), of["gateway"], of.get("functions", 0), of.get("table"))


def _priced(target: Target) -> Iterator[tuple[str, Metric, float]]:
    """Each metric that costs, with the price of one; the requests first."""
    of = Metrics(target)
    yield "gateway", of.gateway("Count"), REQUEST
    for spec in specs(target, Options(web_origin="")):
        yield "functions", of.function("Invocations", spec.key), INVOCATION
        yield "functions", of.function("Duration", spec.key), GB_SECOND * spec.memory / 1024 / 1000
    yield "table", of.table("ConsumedReadCapacityUnits"), READ_UNIT
    yield "table", of.table("ConsumedWriteCapacityUnits"), WRITE_UNIT


def _query(at: int, metric: Metric, period: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": f"c{at}", "MetricStat": {"Metric": named, "Period": period, "Stat": "Sum"}}


def sentence(cost: Cost | None) -> str:
    """The cost in words."""
    if cost is None:
        return "Cost of a thousand requests: no request yet."
    if cost.requests < FEWEST:
        return f"Cost of a thousand requests: not computed before there are {FEWEST} requests."
    table = "DynamoDB not reported" if cost.table is None else f"DynamoDB ${cost.table:.4f}"
    return (
        f"Cost of a thousand requests: ${cost.total:.4f} (API Gateway ${cost.gateway:.4f}, Lambda"
        f" ${cost.functions:.4f}, {table}), from {cost.requests:,} requests at AWS's list prices."
    )
