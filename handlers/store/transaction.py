"""One write is one transaction. Conflicts are told apart by their codes and places, never by their messages."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.store.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.3
"""Seconds; each pause is a random part of twice the one before."""
PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction that another try may not meet."""
THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a transaction, and what is raised when its condition does not hold."""

    action: dict[str, Any]
    otherwise: Callable[[], Exception]


def transact(client: DynamoDBClient, steps: Sequence[Step]) -> None:
    """Do all of ``steps`` or none.

    Raises:
        Busy: others wrote the same items, or DynamoDB throttled, at every attempt.
        Exception: what the first step whose condition fails names.
    """
    for attempt in range(ATTEMPTS):
        try:
            client.transact_write_items(TransactItems=[step.action for step in steps])  # type: ignore[typeddict-item]
        except client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
            for step, reason in zip(steps, reasons, strict=False):
                if reason == "ConditionalCheckFailed":
                    raise step.otherwise() from error
            if not PASSING & set(reasons):
                raise
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLED:
                raise
        else:
            return
        pause(attempt)
    raise Busy


def pause(attempt: int) -> None:
    """Wait a little, longer with each attempt, so that rivals do not meet again."""
    longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    time.sleep(random.uniform(0, longest))  # noqa: S311 (jitter, not a secret)
