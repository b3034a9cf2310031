"""Models ↔ DynamoDB items. Amounts are integer minor units; nothing is ever a float."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from handlers.contract.expense import Expense
from handlers.contract.money import minor_units, wire_amount
from handlers.contract.names import BY_DATE, PARTITION_KEY, SORT_KEY
from handlers.contract.profile import Profile
from handlers.domain.rollup import MerchantSum, MonthSum
from handlers.store import keys
from handlers.store.attributes import Item, decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

TOTAL, COUNT = "total#", "count#"
"""Prefixes of a roll-up's attributes, a pair for each category."""


def expense_item(sub: str, expense: Expense) -> Item:
    """An expense that is not deleted."""
    return encode(
        {
            PARTITION_KEY: keys.partition(sub),
            SORT_KEY: keys.expense(expense.id),
            BY_DATE: keys.by_date(expense.date, expense.id),
            **expense_values(expense),
        }
    )


def expense_values(expense: Expense) -> dict[str, Any]:
    """The attributes of an expense other than its keys."""
    return {
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


def read_expense(item: Mapping[str, Any]) -> Expense:
    """The inverse of ``expense_item``. What the table holds was validated when it came in."""
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


def read_month(item: Mapping[str, Any]) -> MonthSum:
    """The sums of a month's roll-up."""
    values = decode(item)
    sums = MonthSum(count=values.get("count", 0), total=values.get("total", 0))
    for name, value in values.items():
        if name.startswith(TOTAL):
            sums.totals[name.removeprefix(TOTAL)] = value
        elif name.startswith(COUNT):
            sums.counts[name.removeprefix(COUNT)] = value
    return sums


def read_merchant(item: Mapping[str, Any]) -> MerchantSum:
    """The sums of a merchant's roll-up."""
    values = decode(item)
    return MerchantSum(values.get("count", 0), values.get("total", 0))


def month_item(sub: str, key: keys.RollUpKey, sums: MonthSum, rev: int) -> Item:
    """A month's roll-up; ``rev`` counts the changes of the month's expenses."""
    values: dict[str, Any] = {"count": sums.count, "total": sums.total, "rev": rev}
    values |= {COUNT + category: number for category, number in sums.counts.items()}
    values |= {TOTAL + category: number for category, number in sums.totals.items()}
    at = {PARTITION_KEY: keys.partition(sub), SORT_KEY: keys.month_roll_up(key)}
    return encode({**at, **values, "categories": set(sums.counts) or None})


def merchant_item(sub: str, key: keys.MerchantKey, sums: MerchantSum) -> Item:
    """A merchant's roll-up."""
    at = {PARTITION_KEY: keys.partition(sub), SORT_KEY: keys.merchant_roll_up(key)}
    return encode({**at, "count": sums.count, "total": sums.total})


def profile_item(sub: str, profile: Profile, version: int) -> Item:
    """A profile; the e-mail stays in Cognito and comes with each token."""
    values = profile.model_dump(exclude={"email"})
    return encode({PARTITION_KEY: keys.partition(sub), SORT_KEY: keys.PROFILE, "version": version, **values})


def read_profile(item: Mapping[str, Any], email: str) -> Profile:
    """The inverse of ``profile_item``."""
    values = {name: value for name, value in decode(item).items() if name in Profile.model_fields}
    return Profile.model_construct(**{"display_name": None, **values, "email": email})
