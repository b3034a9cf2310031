"""A change of a receipt's status as one step of a transaction, made from the table in ``domain.receipt_status``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from handlers.contract.names import EXPIRES_AT
from handlers.domain.moment import now
from handlers.domain.receipt_status import Transition
from handlers.store import keys
from handlers.store.errors import NotFound
from handlers.store.receipts.items import StoredReceipt
from handlers.store.table.partition import Partition
from handlers.store.table.transaction import Step


def change_status(
    partition: Partition,
    receipt: StoredReceipt,
    transition: Transition,
    otherwise: Callable[[], Exception],
    **values: Any,
) -> Step:
    """Change the status and set ``values``; one that is None is removed."""
    expires_at = int(time.time()) + transition.life if transition.life else None
    attributes = {"status": transition.ends, EXPIRES_AT: expires_at, **values}
    kept = {name: value for name, value in attributes.items() if value is not None}
    removed = sorted(attributes.keys() - kept.keys())
    update = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
    if removed:
        update += " REMOVE " + ", ".join(f"#{name}" for name in removed)
    condition, expected = _condition(receipt, transition)
    return partition.update(
        keys.receipt(receipt.expense_id, receipt.id), update, condition, otherwise, **kept, **expected
    )


def _condition(receipt: StoredReceipt, transition: Transition) -> tuple[str, dict[str, Any]]:
    begins: dict[str, Any] = {f"begins_{status}": status for status in sorted(transition.begins)}
    condition = f"#status IN ({', '.join(f':{name}' for name in begins)})"
    if transition.file == "any":
        return condition, begins
    if transition.file == "unchanged" and receipt.stored_as:
        return f"{condition} AND #stored_as = :file", {**begins, "file": receipt.stored_as}
    return f"{condition} AND attribute_not_exists(#stored_as)", begins


def count_receipt(partition: Partition, expense_id: str, number: int) -> Step:
    """Add a receipt to the count of its expense, or with -1 subtract one: this is a new version of the expense."""
    return partition.update(
        keys.expense(expense_id),
        "SET #updated_at = :now ADD #receipt_count :number, #version :one",
        "attribute_exists(#version)",
        NotFound,
        now=now(),
        number=number,
        one=1,
    )
