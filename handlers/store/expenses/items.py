"""Expenses ↔ DynamoDB items. Amounts are integer minor units; nothing is ever a float."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from handlers.contract.expense import Expense
from handlers.contract.money import minor_units, wire_amount
from handlers.contract.names import BY_DATE, SORT_KEY
from handlers.store import keys
from handlers.store.table.attributes import Item, decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping


def expense_item(sub: str, expense: Expense) -> Item:
    """An expense that is not deleted."""
    return encode(
        {
            **keys.primary(sub, keys.expense(expense.id)),
            BY_DATE: keys.by_date(expense.date, expense.id),
            "date": expense.date.isoformat(),
            "minor": minor_units(expense.amount, expense.currency),
            "currency": expense.currency,
            "category": expense.category,
            "merchant": expense.merchant,
            "note": expense.note,
            "tags": list(expense.tags) or None,
            "payment_method": expense.payment_method,
            "version": expense.version,
            "receipt_count": expense.receipt_count,
            "created_at": expense.created_at,
            "updated_at": expense.updated_at,
        }
    )


def read_expense(item: Mapping[str, Any]) -> Expense:
    """The inverse of ``expense_item``. The table holds only validated values."""
    values = decode(item)
    return Expense.model_construct(
        id=values[SORT_KEY].removeprefix(keys.EXPENSE),
        date=dt.date.fromisoformat(values["date"]),
        amount=wire_amount(values["minor"], values["currency"]),
        currency=values["currency"],
        category=values["category"],
        merchant=values["merchant"],
        note=values.get("note"),
        tags=tuple(values.get("tags", ())),
        payment_method=values.get("payment_method"),
        version=values["version"],
        receipt_count=values["receipt_count"],
        created_at=values["created_at"],
        updated_at=values["updated_at"],
    )


def is_deleted(item: Mapping[str, Any]) -> bool:
    """Whether an expense was deleted, and can be restored."""
    return "deleted_at" in item
