"""The keys of the single table: the only place that spells one.

| item             | pk           | sk                                           |
|------------------|--------------|----------------------------------------------|
| profile          | `USER#<sub>` | `PROFILE`                                    |
| expense          | `USER#<sub>` | `EXPENSE#<ulid>`; index `<date>#<ulid>`      |
| idempotency key  | `USER#<sub>` | `IDEM#<sha256 of the key>`                   |
| month roll-up    | `USER#<sub>` | `MONTH#<yyyy-mm>#<currency>`                 |
| merchant roll-up | `USER#<sub>` | `MERCHANT#<yyyy-mm>#<currency>#<merchant>`   |

Identity is in the base key; what a user may edit is in the index key or in attributes, but for roll-ups, which are
derived. A sort key stays far below its 1,024 bytes: a merchant has at most 120 characters, 480 bytes.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

BY_DATE = "by_date"
"""The local index on live expenses, and the attribute it sorts by; a deleted expense lacks it."""
PROFILE = "PROFILE"
_USER, _EXPENSE, _IDEMPOTENCY, _MONTH, _MERCHANT = "USER#", "EXPENSE#", "IDEM#", "MONTH#", "MERCHANT#"
_AFTER_HASH = "$"
"""The character after ``#``: closes a range over everything that begins with a prefix and ``#``."""
_LAST = "~"
"""Above every character of a ULID."""


class Period(NamedTuple):
    """What one month roll-up is of: a month ``yyyy-mm`` and a currency."""

    month: str
    currency: str


def user(sub: str) -> str:
    """The partition of one user."""
    return _USER + sub


def sub_of(pk: str) -> str:
    """The user whose partition ``pk`` is."""
    return pk.removeprefix(_USER)


def expense(expense_id: str) -> str:
    """The sort key of an expense."""
    return _EXPENSE + expense_id


def expense_id_of(sk: str) -> str:
    """The id in the sort key of an expense."""
    return sk.removeprefix(_EXPENSE)


def by_date(date: str, expense_id: str) -> str:
    """The index key of a live expense: unique, since an id is."""
    return f"{date}#{expense_id}"


def date_bounds(first: str, last: str) -> tuple[str, str]:
    """Bounds for BETWEEN over the index keys from the date ``first`` to the date ``last``, both included."""
    return first, last + _AFTER_HASH


def just_before(position: str) -> str:
    """An upper bound for every index key below ``position``, and for no other: all keys have one length."""
    return position[:-1] + chr(ord(position[-1]) - 1) + _LAST


def idempotency(key: str) -> str:
    """The sort key of an idempotency record; hashed, since the key may be long and is the client's business."""
    return _IDEMPOTENCY + hashlib.sha256(key.encode()).hexdigest()


def month(period: Period) -> str:
    """The sort key of a month roll-up."""
    return f"{_MONTH}{period.month}#{period.currency}"


def month_bounds(first: str, last: str) -> tuple[str, str]:
    """Bounds for BETWEEN over the month roll-ups from the month ``first`` to ``last``, both included."""
    return f"{_MONTH}{first}#", f"{_MONTH}{last}{_AFTER_HASH}"


def period_of(sk: str) -> Period:
    """What the month or merchant roll-up at ``sk`` is of."""
    return Period(*sk.split("#", 3)[1:3])


def merchant(period: Period, name: str) -> str:
    """The sort key of a merchant roll-up. It comes last, for it may hold a ``#`` of its own."""
    return f"{_MERCHANT}{period.month}#{period.currency}#{name}"


def merchant_bounds(first: str, last: str) -> tuple[str, str]:
    """Bounds for BETWEEN over the merchant roll-ups from the month ``first`` to ``last``, both included."""
    return f"{_MERCHANT}{first}#", f"{_MERCHANT}{last}{_AFTER_HASH}"


def merchant_of(sk: str) -> str:
    """The merchant whose roll-up is at ``sk``."""
    return sk.split("#", 3)[3]
