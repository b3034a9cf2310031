"""The metrics that alarms and the dashboard use: namespace, name and dimensions, as each target publishes them.

Sources: the pages "Metrics and dimensions" of API Gateway, Lambda, SQS and DynamoDB in AWS's documentation. A metric of
``ExpenseTracker`` comes from the functions' log lines (EMF), or from ``stack verify``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.contract.names import STAGE
from stack.target.target import Target

FUNCTIONS = ("expenses", "reports", "profile", "public", "receipts", "processor", "eraser")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of CloudWatch. Without dimensions it is the whole account's in the region."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one stack."""

    target: Target

    def gateway(self, name: str) -> Metric:
        return Metric("AWS/ApiGateway", name, {"ApiName": self.target.named("api"), "Stage": STAGE})

    def function(self, name: str, key: str) -> Metric:
        return Metric("AWS/Lambda", name, {"FunctionName": self.target.named(key)})

    def account(self, name: str) -> Metric:
        """All functions of the account in the region, which share one limit of concurrency."""
        return Metric("AWS/Lambda", name)

    def queue(self, name: str, key: str) -> Metric:
        return Metric("AWS/SQS", name, {"QueueName": self.target.named(key)})

    def table(self, name: str, **more: str) -> Metric:
        return Metric("AWS/DynamoDB", name, {"TableName": self.target.named("data"), **more})

    def own(self, name: str, service: str, **more: str) -> Metric:
        """A metric that the functions publish; ``service`` is the key of a function."""
        return Metric("ExpenseTracker", name, {"service": service, **more})
