"""One write is one transaction. Conflicts are told by their codes and places, never by their messages."""

from __future__ import annotations

import random
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.store.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.3
"""Seconds; each pause is a random part of a bound that doubles."""
PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction that another try may not meet."""
THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes of a refused call that another try may not meet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a transaction, and what is raised when its condition does not hold."""

    action: dict[str, Any]
    otherwise: Callable[[], Exception]


def transact(client: DynamoDBClient, steps: Sequence[Step]) -> None:
    """Do all of ``steps`` or none.

    One token names the whole of it, however often it is sent: a write whose answer was lost is not repeated.

    Raises:
        Busy: others wrote the same items, or DynamoDB throttled, at every attempt.
        Exception: what the first step whose condition fails names.
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
    """Turn a refusal that outlasted botocore's own retries into ``Busy``; for calls outside a transaction.

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
    """Wait a little, longer with each attempt, so that rivals do not meet again."""
    longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    time.sleep(random.uniform(0, longest))  # noqa: S311 (jitter, not a secret)
