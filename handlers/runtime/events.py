"""Functions that events call, and nobody waits for: do each record, count how it ended, and log.

A failure is raised only in the end and without a word of its own: AWS then calls again, and after the last call hands
the event to the function's failure destination.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime.failure import log_failure

Record = Mapping[str, Any]
Act = Callable[[Record], str]
"""Does one record; how it ended, in one word."""


class RecordsFailed(RuntimeError):  # noqa: N818 (what AWS is told)
    """Some records of an event could not be done; another call may."""


def serve_records(function: str, act: Act) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """The handler of a function whose events have ``Records`` (S3, SQS and others)."""
    logger = Logger(service=function)
    metrics = Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"], service=function)

    def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
        """Do every record. The deployer asks without one, to see whether this version starts."""
        logger.set_correlation_id(getattr(context, "aws_request_id", None))
        outcomes = [_done(record, act, logger, metrics) for record in event.get("Records", [])]
        if failed := outcomes.count("failed"):
            raise RecordsFailed(f"{failed} of {len(outcomes)} records failed; the log says why")
        return {"outcomes": outcomes}

    return handle


def _done(record: Record, act: Act, logger: Logger, metrics: Metrics) -> str:
    start = time.perf_counter()
    try:
        outcome = act(record)
    except Exception as error:  # noqa: BLE001 (the next record is still to be done)
        log_failure(logger, error)
        outcome = "failed"
    milliseconds = round((time.perf_counter() - start) * 1000, 1)
    logger.info("record", outcome=outcome, latency_ms=milliseconds)
    metrics.add_dimension("outcome", outcome)
    metrics.add_metric("Records", MetricUnit.Count, 1)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, milliseconds)
    metrics.flush_metrics()
    return outcome
