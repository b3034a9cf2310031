"""Idempotency records: one item beside the expense, written in the same transaction.

There is no state "in progress": of several requests with one key the first whose transaction commits has done
it, and the others find its record. A refused request writes none, so it does not use up its key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from handlers.contract.expense import Expense
from handlers.contract.names import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import decode, encode
from handlers.store.errors import IdempotencyReused
from handlers.store.transaction import Step

LIFE = 24 * 3600
"""Seconds that a key is remembered."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The client's key, and the fingerprint of the request it stands for."""

    key: str
    fingerprint: str


class Recorded(Exception):  # noqa: N818 (a signal, not a failure)
    """The key has a record already."""


def record(table: str, sub: str, idempotency: Idempotency, made: Expense) -> Step:
    """Remember the answer, unless the key has a record that still lives."""
    now = int(time.time())
    item = encode(
        {
            PARTITION_KEY: keys.partition(sub),
            SORT_KEY: keys.idempotency(idempotency.key),
            EXPIRES_AT: now + LIFE,
            "fingerprint": idempotency.fingerprint,
            "answer": made.model_dump_json(),
        }
    )
    put = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#pk) OR #expires <= :now",
        "ExpressionAttributeNames": {"#pk": PARTITION_KEY, "#expires": EXPIRES_AT},
        "ExpressionAttributeValues": encode({":now": now}),
    }
    return Step({"Put": put}, Recorded)


def replayed(item: dict[str, Any], idempotency: Idempotency) -> Expense:
    """The expense as it was answered.

    Raises:
        IdempotencyReused: the key was used for another request.
    """
    values = decode(item)
    if values["fingerprint"] != idempotency.fingerprint:
        raise IdempotencyReused
    return Expense.model_validate_json(values["answer"])
