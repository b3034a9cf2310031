"""Writes to the table, retried while DynamoDB is busy. A conflict is recognised by its code, never by its message."""

from __future__ import annotations

import random
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.store.errors import Busy, Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.3
"""Seconds; each pause is a random part of a bound that doubles."""
PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Cancellation reasons that may be gone at the next attempt."""
THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Error codes of a call that may succeed at the next attempt."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a transaction, and the error to raise when its condition does not hold."""

    action: dict[str, Any]
    otherwise: Callable[[], Exception] = Conflict


def transact(client: DynamoDBClient, steps: Sequence[Step]) -> None:
    """Do all of ``steps`` or none.

    One token names the transaction at every attempt, so that DynamoDB does not repeat one whose answer was lost.

    Raises:
        Busy: other requests wrote the same items, or DynamoDB throttled, at every attempt.
        Exception: the error of the first step whose condition does not hold.
    """
    token, actions = str(uuid.uuid4()), [step.action for step in steps]
    for attempt in range(ATTEMPTS):
        try:
            client.transact_write_items(TransactItems=actions, ClientRequestToken=token)  # type: ignore[arg-type]
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


@contextmanager
def busy_when_throttled() -> Iterator[None]:
    """For calls outside a transaction: turn throttling that outlasts botocore's own retries into ``Busy``.

    Raises:
        Busy
    """
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in THROTTLED:
            raise Busy from error
        raise


def pause(attempt: int) -> None:
    """Wait a random time, longer with each attempt, so that rivals do not meet again."""
    longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    time.sleep(random.uniform(0, longest))  # noqa: S311 (jitter, not a secret)
