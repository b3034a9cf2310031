"""Functions that events call, and nobody waits for: do each record, count how it ended, and log.

A failure is raised only in the end and without a word of its own: AWS then calls again, and after the last call hands
the event to the function's failure destination, or to the dead letters of the queue it came from.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime.failure import log_failure

AGAIN, FAILED = "again", "failed"
"""A record that is not finished, and stays in its queue to come again; one that could not be done."""
Record = Mapping[str, Any]


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda ends it."""


Act = Callable[[Record, Context], str]
"""Does one record; how it ended, in one word."""


class RecordsFailed(RuntimeError):  # noqa: N818 (what AWS is told)
    """Some records of an event could not be done; another call may."""


def serve_records(function: str, act: Act) -> Callable[[dict[str, Any], Context], dict[str, Any]]:
    """The handler of a function whose events have ``Records`` (S3, SQS and others)."""
    logger = Logger(service=function)
    metrics = Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"], service=function)

    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
        """Do every record. The deployer asks without one, to see whether this version starts."""
        logger.set_correlation_id(getattr(context, "aws_request_id", None))
        records = event.get("Records", [])
        outcomes = [_done(functools.partial(act, record, context), logger, metrics) for record in records]
        if failed := outcomes.count(FAILED):
            raise RecordsFailed(f"{failed} of {len(outcomes)} records failed; the log says why")
        again = [record for record, outcome in zip(records, outcomes, strict=True) if outcome == AGAIN]
        return {
            "outcomes": outcomes,
            "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again],
        }

    return handle


def _done(act: Callable[[], str], logger: Logger, metrics: Metrics) -> str:
    start = time.perf_counter()
    try:
        outcome = act()
    except Exception as error:  # noqa: BLE001 (the next record is still to be done)
        log_failure(logger, error)
        outcome = FAILED
    milliseconds = round((time.perf_counter() - start) * 1000, 1)
    logger.info("record", outcome=outcome, latency_ms=milliseconds)
    metrics.add_dimension("outcome", outcome)
    metrics.add_metric("Records", MetricUnit.Count, 1)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, milliseconds)
    metrics.flush_metrics()
    return outcome
