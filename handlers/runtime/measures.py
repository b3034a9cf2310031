"""The metrics of a function, as log lines that CloudWatch reads (EMF): latency and refusals by operation, and counts.

A metric costs money by its dimensions, so counts have the function only. No dimension ever names a user, a merchant or
an id. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

from __future__ import annotations

import collections
import os
from collections.abc import Mapping

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime.answer import Answer

DONE = {
    "create_expense": "ExpensesWritten",
    "update_expense": "ExpensesWritten",
    "delete_expense": "ExpensesWritten",
    "restore_expense": "ExpensesWritten",
    "ask_to_upload": "UploadsRequested",
    "close_account": "AccountsClosed",
}
"""The metric that counts an operation that succeeded."""
ENDED = {"ready": "ReceiptsReady", "erased": "AccountsErased"}
"""The metric that counts an outcome of a record."""
CONFLICTS = frozenset({409, 412, 429})
"""The statuses of a request that another one was in the way of, and of one too many."""
COUNTED = collections.Counter[tuple[str, str]]()
"""Metrics and reasons that wait for the end of the present event."""


def count(metric: str, reason: str = "") -> None:
    """Count one more of ``metric``, with the event that the function processes; with a ``reason`` by reason, too."""
    COUNTED[metric, ""] += 1
    if reason:
        COUNTED[metric, reason] += 1


class Measures:
    """Publishes the metrics of a function's events."""

    def __init__(self, function: str) -> None:
        self._metrics = Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"], service=function)
        count("ColdStart")

    def request(self, operation: str, answered: Answer, milliseconds: float) -> None:
        """Publish the metrics of an answered request."""
        refused, failed = 400 <= answered.status < 500, answered.status >= 500  # noqa: PLR2004 (the classes of HTTP)
        if "Idempotent-Replayed" in answered.headers:
            count("IdempotentReplays")
        elif operation in DONE and not refused and not failed:
            count(DONE[operation])
        if answered.status in CONFLICTS:
            count("Conflicts")
        self._publish({"operation": operation}, {"Refused": int(refused), "Failed": int(failed)}, milliseconds)
        self._publish_counts()

    def record(self, outcome: str, milliseconds: float) -> None:
        """Publish the metrics of a processed record."""
        if outcome in ENDED:
            count(ENDED[outcome])
        self._publish({"outcome": outcome}, {"Records": 1}, milliseconds)
        self._publish_counts()

    def _publish_counts(self) -> None:
        for reason in sorted({reason for _, reason in COUNTED}):
            counts = {metric: COUNTED[metric, why] for metric, why in COUNTED if why == reason}
            self._publish({"reason": reason} if reason else {}, counts)
        COUNTED.clear()

    def _publish(
        self, dimensions: Mapping[str, str], counts: Mapping[str, int], latency_milliseconds: float | None = None
    ) -> None:
        for name, value in dimensions.items():
            self._metrics.add_dimension(name, value)
        if latency_milliseconds is not None:
            self._metrics.add_metric("Latency", MetricUnit.Milliseconds, round(latency_milliseconds, 1))
        for name, number in counts.items():
            self._metrics.add_metric(name, MetricUnit.Count, number)
        self._metrics.flush_metrics()
