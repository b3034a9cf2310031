"""The dashboard: what people ask first stands first. Only statistics that every target computes, and no metric math.

Source of the structure: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stack.engine.model import Desired
from stack.kinds.dashboard import DashboardProps, dashboard_body
from stack.target.target import Target
from stack.topology.addresses import DASHBOARD
from stack.topology.watching.alarm_list import RUNBOOK, SERVED, alarm_specs
from stack.topology.watching.metrics import FUNCTIONS, Metric, Metrics

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
"""Of a widget, in units of the grid of 24 columns; and the widgets beside each other."""
ORANGE, RED = "#ff7f0e", "#d62728"
Line = tuple[Metric, str, str]
"""A metric, its statistic and its label."""


def dashboard(target: Target) -> Desired[Any]:
    """The one dashboard."""
    charts = list(_charts(target))
    placed = [
        {**each, "x": WIDTH * (at % COLUMNS), "y": 6 + HEIGHT * (at // COLUMNS)} for at, each in enumerate(charts)
    ]
    body = {"start": "-PT3H", "periodOverride": "inherit", "widgets": [_links(target), _alarms(target), *placed]}
    return Desired(DASHBOARD, target.regional("main"), DashboardProps(dashboard_body(body)))


def _links(target: Target) -> dict[str, Any]:
    """Links to the places where people look next; an emulator has no console."""
    text = (
        f"# {target.stack}\n"
        f"Each alarm has a section in {RUNBOOK}. `stack logs --errors` prints the failures, and"
        " `stack logs --request ID` the story of one request. Costs of a thousand requests: `stack dashboard` computes"
        " them from these metrics, sizes of functions and list prices."
    )
    if not target.is_emulator:
        console = f"https://{target.region}.console.aws.amazon.com"
        at = f"home?region={target.region}#"
        links = {
            "Alarms": f"{console}/cloudwatch/{at}alarmsV2:?search={target.named('')}",
            "Logs": f"{console}/cloudwatch/{at}logsV2:log-groups",
            "Functions": f"{console}/lambda/{at}/functions?f0=true&n0=false&op=startsWith&v0={target.named('')}",
            "Table": f"{console}/dynamodbv2/{at}table?name={target.named('data')}",
            "Queues": f"{console}/sqs/v3/{at}/queues",
        }
        text += "\n\n" + " · ".join(f"[{name}]({url})" for name, url in links.items())
    return {"type": "text", "x": 0, "y": 0, "width": 24, "height": 3, "properties": {"markdown": text}}


def _alarms(target: Target) -> dict[str, Any]:
    arns = [target.arn("cloudwatch", f"alarm:{target.named(each.anchor)}") for each in alarm_specs(target)]
    shown = {"title": "Alarms", "alarms": arns}
    return {"type": "alarm", "x": 0, "y": 3, "width": 24, "height": 3, "properties": shown}


def _charts(target: Target) -> Iterator[dict[str, Any]]:
    of = Metrics(target)

    def chart(title: str, unit: str, lines: Sequence[Line], limit: float | None = None) -> dict[str, Any]:
        return _chart(target, title, unit, lines, limit)

    answers = {"Count": "requests", "4XXError": "refused, 4xx", "5XXError": "failed, 5xx"}
    yield chart("Traffic", "requests", [(of.gateway(name), "Sum", label) for name, label in answers.items()])
    yield chart("Latency of all requests", "ms", [(of.gateway("Latency"), p, p) for p in ("p50", "p90", "p99")])
    operations = {"create": "create_expense", "list": "list_expenses"}
    yield chart(
        "Latency of creating and listing expenses",
        "ms",
        [
            (of.own("Latency", SERVED, operation=operation), p, f"{verb} {p}")
            for verb, operation in operations.items()
            for p in ("p50", "p99")
        ],
        limit=1000,
    )
    yield chart("Errors by function", "errors", [(of.function("Errors", key), "Sum", key) for key in FUNCTIONS])
    yield chart("Duration by function, p90", "ms", [(of.function("Duration", key), "p90", key) for key in FUNCTIONS])
    yield chart("Cold starts", "starts", [(of.own("ColdStart", key), "Sum", key) for key in FUNCTIONS])
    yield chart("Invocations", "invocations", [(of.function("Invocations", key), "Sum", key) for key in FUNCTIONS])
    yield chart(
        "Concurrency and throttles",
        "executions",
        [
            (of.account("ConcurrentExecutions"), "Maximum", "all functions"),
            (of.account("Throttles"), "Sum", "throttled"),
        ],
    )
    calls = ("GetItem", "Query", "TransactWriteItems")
    yield chart(
        "Table: time of a call",
        "ms",
        [(of.table("SuccessfulRequestLatency", Operation=name), "Average", name) for name in calls],
    )
    yield chart(
        "Table: capacity used",
        "units",
        [
            (of.table("ConsumedReadCapacityUnits"), "Sum", "read"),
            (of.table("ConsumedWriteCapacityUnits"), "Sum", "write"),
            (of.table("ReadThrottleEvents"), "Sum", "reads throttled"),
            (of.table("WriteThrottleEvents"), "Sum", "writes throttled"),
        ],
    )
    depth, age = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
    yield chart(
        "Queues",
        "messages",
        [
            (of.queue(depth, "dead-letters"), "Maximum", "dead letters"),
            (of.queue(depth, "erasures"), "Maximum", "erasures"),
        ],
    )
    yield chart("Oldest erasure", "s", [(of.queue(age, "erasures"), "Maximum", "age")], limit=2700)
    yield chart(
        "Receipts",
        "files",
        [
            (of.own("UploadsRequested", "receipts"), "Sum", "uploads asked for"),
            (of.own("ReceiptsReady", "processor"), "Sum", "ready"),
            (of.own("ReceiptsRejected", "processor"), "Sum", "rejected"),
        ],
    )
    yield chart(
        "Expenses",
        "requests",
        [
            (of.own("ExpensesWritten", "expenses"), "Sum", "written"),
            (of.own("IdempotentReplays", "expenses"), "Sum", "repeated requests"),
            (of.own("Conflicts", "expenses"), "Sum", "conflicts"),
        ],
    )
    yield chart(
        "Accounts and totals",
        "count",
        [
            (of.own("AccountsClosed", "profile"), "Sum", "closed"),
            (of.own("AccountsErased", "eraser"), "Sum", "erased"),
            (of.own("RollUpMismatches", "verify"), "Sum", "wrong totals"),
        ],
    )


def _chart(target: Target, title: str, unit: str, lines: Sequence[Line], limit: float | None) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": target.region,
        "period": 60,
        "metrics": [_row(*line) for line in lines],
        "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
    }
    if limit is not None:
        properties["annotations"] = {"horizontal": [{"value": limit, "label": "alarm"}]}
    return {"type": "metric", "width": WIDTH, "height": HEIGHT, "properties": properties}


def _row(metric: Metric, statistic: str, label: str) -> list[Any]:
    """A row of ``metrics``: the namespace, the name, names and values of the dimensions, and the settings."""
    dimensions = [text for pair in metric.dimensions.items() for text in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": statistic, "label": label, **_color(label)}]


def _color(label: str) -> dict[str, str]:
    """Red for failures and orange for refusals; CloudWatch chooses the other colours."""
    for words, color in ((("failed", "wrong"), RED), (("refused", "rejected", "throttled", "conflicts"), ORANGE)):
        if any(word in label for word in words):
            return {"color": color}
    return {}
