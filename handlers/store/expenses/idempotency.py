"""Idempotency records: one item beside the expense, written in the same transaction.

No record says "in progress": of several requests with one key, the first whose transaction commits creates the
expense, and the others find its record. A refused request writes no record, so it does not use up its key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from handlers.contract.expense import Expense
from handlers.contract.names import EXPIRES_AT
from handlers.store import keys
from handlers.store.errors import IdempotencyReused
from handlers.store.table.attributes import decode, encode
from handlers.store.table.partition import IS_NEW, Partition
from handlers.store.table.transaction import Step

LIFE = 24 * 3600
"""Seconds for which a key is remembered."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The client's key, and the fingerprint of the request that it names."""

    key: str
    fingerprint: str


def record(partition: Partition, idempotency: Idempotency, made: Expense) -> Step:
    """Record the answer, unless the key has a record that has not expired: then the transaction is a conflict."""
    now = int(time.time())
    item = encode(
        {
            **keys.primary(partition.sub, keys.idempotency(idempotency.key)),
            EXPIRES_AT: now + LIFE,
            "fingerprint": idempotency.fingerprint,
            "answer": made.model_dump_json(),
        }
    )
    return partition.put(item, f"{IS_NEW} OR #{EXPIRES_AT} <= :now", now=now)


def replayed(item: dict[str, Any], idempotency: Idempotency) -> Expense:
    """The expense as it was answered.

    Raises:
        IdempotencyReused: the key was used for another request.
    """
    values = decode(item)
    if values["fingerprint"] != idempotency.fingerprint:
        raise IdempotencyReused
    return Expense.model_validate_json(values["answer"])
