"""Functions that events call: process each record, count its outcome, and log it.

A failure is raised after the last record, without the message of its cause. AWS then calls again; after the last try it
sends the event to the function's failure destination, or the message to its queue's dead-letter queue.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from handlers.runtime.failure import log_failure
from handlers.runtime.logger import begin_lines, join_lines, logger_of
from handlers.runtime.measures import Measures
from handlers.store.calls import CALLS

AGAIN, FAILED = "again", "failed"
"""Outcomes: the record is not finished and its queue delivers it again; the record failed."""
EventRecord = Mapping[str, Any]


class Context(Protocol):
    """Lambda's context of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """The milliseconds until Lambda ends the invocation."""


Join = Callable[[str | None], None]
"""Takes the id of the request that led to a record, as soon as it is known: the lines of the record have it."""
Act = Callable[[EventRecord, Context, Join], str]
"""Processes one record; its outcome in one word."""


class RecordsFailed(RuntimeError):  # noqa: N818 (named for what AWS reads)
    """Some records of an event failed; AWS may call again."""


def serve_records(function: str, act: Act) -> Callable[[dict[str, Any], Context], dict[str, Any]]:
    """The handler of a function whose events have ``Records`` (S3, SQS and others)."""
    logger = logger_of(function)
    join = functools.partial(join_lines, logger)
    measures = Measures(function)

    def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
        """Process every record. The deployer sends an event without any, to see whether this version starts."""
        records, outcomes = event.get("Records", []), []
        for record in records:
            begin_lines(logger, context, None)
            outcomes.append(_process(functools.partial(act, record, context, join), logger, measures))
        if failed := outcomes.count(FAILED):
            raise RecordsFailed(f"{failed} of {len(outcomes)} records failed. The log has the reasons.")
        again = [record for record, outcome in zip(records, outcomes, strict=True) if outcome == AGAIN]
        return {
            "outcomes": outcomes,
            "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in again],
        }

    return handle


def _process(act: Callable[[], str], logger: Logger, measures: Measures) -> str:
    start = time.perf_counter()
    try:
        outcome = act()
    except Exception as error:  # noqa: BLE001 (the next record must still be processed)
        log_failure(logger, error)
        outcome = FAILED
    milliseconds = round((time.perf_counter() - start) * 1000, 1)
    logger.info("record", outcome=outcome, latency_ms=milliseconds, **CALLS.fields())
    measures.record(outcome, milliseconds)
    return outcome
