"""Every alarm: its metric, its threshold with the reason for it, and one line of advice.

An alarm watches one metric without metric math, because not every target computes it. A period without data breaches no
threshold: a stack that nobody uses is well. CloudWatch itself ignores missing data in alarms on DynamoDB's metrics.
``docs/runbook.md`` has a section for each alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stack.target.target import Target
from stack.topology.functions import ERASER_TIMEOUT_SECONDS, PROCESSOR_TIMEOUT_SECONDS, TIMEOUT_SECONDS
from stack.topology.storage import ERASE_AGAIN_SECONDS, MAX_ERASE_RECEIVES
from stack.topology.watching.metrics import FUNCTIONS, Metric, Metrics

RUNBOOK = "docs/runbook.md"
SERVED = "expenses"
"""The function whose latency users feel: it creates and lists expenses."""
NEAR = 0.8
"""The share of a limit from which a value is near it."""
ACCOUNT_CONCURRENCY = 1000
"""Lambda's default limit for an account. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""


@dataclass(frozen=True, slots=True)
class AlarmSpec:
    """An alarm that fires when ``datapoints`` of ``periods`` minutes reach ``threshold``.

    ``meaning`` and ``advice`` are sentences for the person who is notified; ``reason`` explains the threshold.
    ``aws_only`` tells why emulators never evaluate the alarm; empty for an alarm that every target evaluates.
    """

    key: str
    metric: Metric
    statistic: str
    threshold: float
    meaning: str
    advice: str
    reason: str
    datapoints: int = 1
    periods: int = 1
    missing: str = "notBreaching"
    aws_only: str = ""

    @property
    def anchor(self) -> str:
        """The section of the runbook."""
        return self.key.replace("_", "-")

    @property
    def description(self) -> str:
        return f"{self.meaning} {self.advice} Runbook: {RUNBOOK}#{self.anchor}"


def alarm_specs(target: Target) -> tuple[AlarmSpec, ...]:
    """Every alarm of a stack."""
    of = Metrics(target)
    return (*_api(of), *_functions(of), *_events(of), *_data(of))


def _api(of: Metrics) -> Iterator[AlarmSpec]:
    yield AlarmSpec(
        "server_errors", of.gateway("5XXError"), "Average", 0.05,
        "At least one request in 20 ended in a 5xx within a minute.",
        "Run `stack logs --errors` and read the first line.",
        "The API promises that no request ends in a 5xx. At little traffic one is enough; at much traffic a single one"
        " among thousands wakes nobody.",
    )  # fmt: skip
    yield AlarmSpec(
        "refusals", of.gateway("4XXError"), "Average", 0.5,
        "At least half of all requests were refused, for five minutes.",
        "Count the refusals by status in `stack logs api`: 401 is a flood of sign-in failures.",
        "A client retries an expired token once, so its share stays far below. Five minutes tell an attack or a broken"
        " client from one person who tries.",
        datapoints=5, periods=5,
    )  # fmt: skip
    for key, operation, verb in (("create", "create_expense", "create"), ("list", "list_expenses", "list")):
        yield AlarmSpec(
            f"latency_{key}", of.own("Latency", SERVED, operation=operation), "p99", 1000,
            f"One request in a hundred to {verb} expenses takes over a second.",
            "Look at duration, cold starts and conflicts on the dashboard.",
            "A warm request takes about 10 ms on the emulator, and a cold start half a second. Three of five"
            " minutes, because a deployment makes a minute of cold starts. The stage's own latency counts waits that"
            " clients ask for.",
            datapoints=3, periods=5,
        )  # fmt: skip
    yield AlarmSpec(
        "duration_requests", of.gateway("IntegrationLatency"), "Maximum", NEAR * TIMEOUT_SECONDS * 1000,
        f"A request took {NEAR:.0%} of the {TIMEOUT_SECONDS} s after which Lambda stops a function.",
        "Find its line in `stack logs api` by its latency, then run `stack logs --request ID`.",
        "The longest wait that a client may ask for is 10 s.",
    )  # fmt: skip


def _functions(of: Metrics) -> Iterator[AlarmSpec]:
    for key in FUNCTIONS:
        yield AlarmSpec(
            f"errors_{key}", of.function("Errors", key), "Sum", 1,
            f"The function {key} raised an exception, timed out, or did not start.",
            f"Run `stack logs {key} --errors`; after a deployment, deploy the former version.",
            "A function answers or records every failure, so that each exception is a defect or a lack of memory.",
        )  # fmt: skip
    yield AlarmSpec(
        "duration_processor", of.function("Duration", "processor"), "Maximum", NEAR * PROCESSOR_TIMEOUT_SECONDS * 1000,
        f"An inspection took {NEAR:.0%} of the {PROCESSOR_TIMEOUT_SECONDS} s after which Lambda stops it.",
        "Run `stack logs processor`, and find the receipt of the slow line.",
        "The slowest of the measured files, a HEIC of 100 megapixels, takes 3 s. The eraser has no such alarm:"
        f" it works in turns of {ERASER_TIMEOUT_SECONDS} s by design.",
    )  # fmt: skip
    yield AlarmSpec(
        "throttles", of.account("Throttles"), "Sum", 1,
        "Lambda refused to run a function.",
        "Look which function it is, and whether somebody reserved its concurrency: `stack drift`.",
        "No function reserves concurrency, so only the limit of the account throttles. It is one alarm for all"
        " functions, because they share that limit.",
    )  # fmt: skip
    yield AlarmSpec(
        "concurrency", of.account("ConcurrentExecutions"), "Maximum", NEAR * ACCOUNT_CONCURRENCY,
        f"The functions of the account use {NEAR:.0%} of {ACCOUNT_CONCURRENCY:,} concurrent executions.",
        "Find the function that grows on the dashboard, and ask AWS for a higher limit.",
        f"A new account has {ACCOUNT_CONCURRENCY:,} or fewer; an increase takes AWS hours to days.",
    )  # fmt: skip
    for key in ("processor", "eraser"):
        yield AlarmSpec(
            f"log_errors_{key}", of.own("LogErrors", key), "Sum", 1,
            f"The function {key} logged an error that it survived.",
            f"Run `stack logs {key} --errors`.",
            "No client sees a failure of this function. An error of the others is a 5xx, which has its own alarm.",
        )  # fmt: skip


def _events(of: Metrics) -> Iterator[AlarmSpec]:
    yield AlarmSpec(
        "dead_letters", of.queue("ApproximateNumberOfMessagesVisible", "dead-letters"), "Maximum", 1,
        "An event failed every retry and is in the queue of dead letters.",
        "Read the message, correct the cause, and send it to its queue again.",
        "Each one is lost work. The number of sent messages does not count those that SQS moves.",
    )  # fmt: skip
    yield AlarmSpec(
        "erasures_age", of.queue("ApproximateAgeOfOldestMessage", "erasures"), "Maximum",
        ERASE_AGAIN_SECONDS * MAX_ERASE_RECEIVES,
        "The erasure of a closed account does not end.",
        "Run `stack logs eraser`; the data of the account still exists.",
        f"SQS delivers an erasure {MAX_ERASE_RECEIVES} times, every {ERASE_AGAIN_SECONDS} s. An older one is not worked"
        " on at all.",
    )  # fmt: skip
    yield AlarmSpec(
        "receipts_rejected", of.own("ReceiptsRejected", "processor"), "Sum", 20,
        "Inspections rejected 20 files within a minute.",
        "Look at the reasons on the dashboard: one reason is a broken client, all reasons are an attack.",
        "People upload a wrong file now and then, and never 20 a minute.",
    )  # fmt: skip


def _data(of: Metrics) -> Iterator[AlarmSpec]:
    yield AlarmSpec(
        "roll_up_mismatch", of.own("RollUpMismatches", "verify"), "Minimum", 1,
        "`stack verify` found a monthly total that differs from its expenses.",
        "Run `stack verify`: it names user and month.",
        "A transaction writes both, so each difference is a defect. A check that finds none ends the"
        " alarm, also within the same minute. Without data the alarm stays as it is, because only"
        " the next `stack verify` knows better.",
        missing="ignore",
    )  # fmt: skip
    never = "no emulator throttles or fails like DynamoDB"
    for verb in ("read", "write"):
        yield AlarmSpec(
            f"table_{verb}s_throttled", of.table(f"{verb.title()}ThrottleEvents"), "Sum", 1,
            f"DynamoDB throttles {verb}s of the table.",
            "Look for one user with most requests; a partition takes 1,000 writes or 3,000 reads a second.",
            "An on-demand table throttles while it grows. Clients repeat a call, so one minute passes unnoticed.",
            datapoints=3, periods=5, missing="ignore", aws_only=never,
        )  # fmt: skip
    yield AlarmSpec(
        "table_errors", of.table("SystemErrors", Operation="TransactWriteItems"), "Sum", 1,
        "DynamoDB fails to write transactions.",
        "Look at the AWS Health Dashboard.",
        "Clients repeat a call, so one minute passes unnoticed.",
        datapoints=3, periods=5, missing="ignore", aws_only=never,
    )  # fmt: skip
