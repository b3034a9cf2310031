"""The only place that spells a key. Every key begins with the user; what a user may edit is in no base key.

| item            | pk           | sk                                          |
|-----------------|--------------|---------------------------------------------|
| profile         | USER#<sub>   | PROFILE                                     |
| expense         | USER#<sub>   | EXPENSE#<ulid>; by date through an index    |
| idempotency key | USER#<sub>   | IDEM#<sha256 of the key>                    |
| month roll-up   | USER#<sub>   | MONTH#<yyyy-mm>#<currency>                  |
| merchant        | USER#<sub>   | MERCHANT#<yyyy-mm>#<currency>#<merchant>    |
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

PK, SK, BY_DATE, EXPIRES = "pk", "sk", "by_date", "expires_at"
"""Attribute names; BY_DATE is also the name of the local index on it."""
PROFILE = "PROFILE"
EXPENSE, MONTH, MERCHANT, IDEMPOTENCY = "EXPENSE#", "MONTH#", "MERCHANT#", "IDEM#"
AFTER = "\uffff"
"""Sorts after everything that may follow a prefix."""


@dataclass(frozen=True, slots=True, order=True)
class RollUpKey:
    """One month and currency."""

    month: str
    currency: str


@dataclass(frozen=True, slots=True, order=True)
class MerchantKey:
    """One merchant in one month and currency."""

    month: str
    currency: str
    merchant: str


def partition(sub: str) -> str:
    """The partition of one user; ``sub`` comes from the token and nowhere else."""
    return f"USER#{sub}"


def owner(pk: str) -> str:
    """The inverse of ``partition``."""
    return pk.removeprefix("USER#")


def expense(expense_id: str) -> str:
    """The sort key of an expense."""
    return EXPENSE + expense_id


def is_expense(sk: str) -> bool:
    """Whether an expense itself is at ``sk``, and not something that hangs on one."""
    return sk.startswith(EXPENSE) and "#" not in sk.removeprefix(EXPENSE)


def by_date(date: dt.date, expense_id: str) -> str:
    """The index key of an expense: its day, then the order of creation."""
    return f"{date.isoformat()}#{expense_id}"


def day_bounds(first: dt.date | None, last: dt.date | None) -> tuple[str, str]:
    """Index keys between which all days from ``first`` to ``last`` lie, both included."""
    return (first or dt.date.min).isoformat(), (last or dt.date.max).isoformat() + "#" + AFTER


def days_of(first: str, last: str) -> tuple[str, str]:
    """Index keys between which all days of the months from ``first`` to ``last`` lie, both included."""
    return f"{first}-01", f"{last}-31#{AFTER}"


def month_of(date: dt.date) -> str:
    """``2026-11``."""
    return f"{date.year:04}-{date.month:02}"


def month_roll_up(key: RollUpKey) -> str:
    """The sort key of a month's roll-up."""
    return f"{MONTH}{key.month}#{key.currency}"


def parse_roll_up(sk: str) -> RollUpKey:
    """The month and currency of a month's or a merchant's roll-up."""
    return RollUpKey(*sk.split("#", 3)[1:3])


def merchant_roll_up(key: MerchantKey) -> str:
    """The sort key of a merchant's roll-up."""
    return f"{MERCHANT}{key.month}#{key.currency}#{key.merchant}"


def parse_merchant_roll_up(sk: str) -> MerchantKey:
    """The inverse of ``merchant_roll_up``; a merchant may have a # in its name."""
    _, month, currency, merchant = sk.split("#", 3)
    return MerchantKey(month, currency, merchant)


def month_bounds(prefix: str, first: str, last: str) -> tuple[str, str]:
    """Sort keys of ``prefix`` between which the months from ``first`` to ``last`` lie, both included."""
    return f"{prefix}{first}#", f"{prefix}{last}#{AFTER}"


def all_of(prefix: str) -> tuple[str, str]:
    """Sort keys between which all that begin with ``prefix`` lie."""
    return prefix, prefix + AFTER


def idempotency(key: str) -> str:
    """The sort key of an idempotency record; hashed, so that any key fits and none is read back."""
    return IDEMPOTENCY + hashlib.sha256(key.encode()).hexdigest()
