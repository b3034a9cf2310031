"""A row of generated spending: first a draft, then an expense with the same id in every run."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal

from handlers.contract.expense import Expense
from handlers.contract.money import wire_amount
from handlers.domain.ulid import ulid
from seed.catalogue import HOME

Label = Literal[
    "exact_duplicate",
    "near_duplicate",
    "refund",
    "price_rise",
    "cancelled_subscription",
    "missing_month",
    "foreign_trip",
    "leap_day",
    "unicode_merchant",
    "rtl_merchant",
    "anomalous_week",
]
PaymentMethod = Literal["card", "cash", "transfer", "other"]
_OPENS, _CLOSES = 7 * 3600, 22 * 3600  # seconds after midnight


@dataclass(frozen=True, slots=True)
class Draft:
    """A row before it has an id. ``key`` is unique in its batch; ``minor``: minor units of ``currency``."""

    key: str
    date: dt.date
    minor: int
    category: str
    merchant: str
    payment_method: PaymentMethod
    currency: str = HOME
    note: str | None = None
    tags: tuple[str, ...] = ()
    label: Label | None = None
    of: Draft | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An expense and its label for detectors; ``of`` is the id of the expense that it repeats or refunds."""

    expense: Expense
    label: Label | None
    of: str | None


def row(draft: Draft, batch: str) -> Row:
    """Make the row of a draft; ``batch`` names its person and month."""
    identity, moment = _identity(draft, batch)
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    expense = Expense(
        id=identity,
        version=1,
        receipt_count=0,
        created_at=at,
        updated_at=at,
        date=draft.date,
        amount=wire_amount(draft.minor, draft.currency),
        currency=draft.currency,
        category=draft.category,
        merchant=draft.merchant,
        note=draft.note,
        tags=draft.tags,
        payment_method=draft.payment_method,
    )
    return Row(expense, draft.label, _identity(draft.of, batch)[0] if draft.of else None)


def _identity(draft: Draft, batch: str) -> tuple[str, dt.datetime]:
    """The ULID of a draft (48 bits of milliseconds, 80 of a digest of batch and key), and its moment."""
    digest = hashlib.sha256(f"{batch}/{draft.key}".encode()).digest()
    second = _OPENS + int.from_bytes(digest[10:14]) % (_CLOSES - _OPENS)
    midnight = dt.datetime.combine(draft.date, dt.time(), dt.UTC)
    moment = midnight + dt.timedelta(seconds=second, milliseconds=digest[14] * 3)
    return ulid(round(moment.timestamp() * 1000), int.from_bytes(digest[:10])), moment
