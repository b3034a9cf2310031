"""The only place that spells a key. Every key begins with the user; what a user may edit is in no base key.

| item            | pk           | sk                                          |
|-----------------|--------------|---------------------------------------------|
| profile         | USER#<sub>   | PROFILE                                     |
| expense         | USER#<sub>   | EXPENSE#<ulid>; by date through an index    |
| idempotency key | USER#<sub>   | IDEM#<sha256 of the key>                    |
| month roll-up   | USER#<sub>   | MONTH#<yyyy-mm>#<currency>                  |
| merchant        | USER#<sub>   | MERCHANT#<yyyy-mm>#<currency>#<merchant>    |
| closed account  | CLOSED#<sha256 of the sub> | CLOSED                        |
| receipt         | USER#<sub>   | EXPENSE#<ulid>#RECEIPT#<ulid>               |
| receipts asked  | USER#<sub>   | EXPENSE#<ulid>#RECEIPTS                     |
| uploads of a day| USER#<sub>   | UPLOADS#<yyyy-mm-dd>                        |
| stored file     | USER#<sub>   | HASH#<sha256>                               |

Objects of the receipts' bucket, by prefix:

| object                   | key                                                            |
|--------------------------|----------------------------------------------------------------|
| upload, not yet trusted  | users/<sub>/<expense ulid>/<receipt ulid>                      |
| inspected bytes          | receipts/<sub>/<sha256>/<ulid of the receipt that brought it>  |
| thumbnail                | thumbnails/<sub>/<sha256>/<the same>                           |

The last part keeps apart the same file stored, removed and stored again: to erase the one never touches the other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from handlers.contract.names import INSPECTED, THUMBNAILS, UPLOADS

PROFILE = "PROFILE"
EXPENSE, MONTH, MERCHANT, IDEMPOTENCY = "EXPENSE#", "MONTH#", "MERCHANT#", "IDEM#"
RECEIPT, RECEIPTS, HASH, UPLOADS_OF_DAY = "#RECEIPT#", "#RECEIPTS", "HASH#", "UPLOADS#"
_UPLOAD = re.compile(rf"{UPLOADS}([^/]+)/([0-9A-Z]{{26}})/([0-9A-Z]{{26}})")
CLOSED = "CLOSED"
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


@dataclass(frozen=True, slots=True, order=True)
class UploadKey:
    """Whose upload it is, and for which receipt."""

    sub: str
    expense_id: str
    receipt_id: str


@dataclass(frozen=True, slots=True, order=True)
class FileKey:
    """Inspected bytes of one user; ``stored_as`` is the receipt that brought them."""

    sub: str
    sha256: str
    stored_as: str

    @property
    def objects(self) -> tuple[str, str]:
        """The keys of the bytes and of their thumbnail."""
        tail = f"{self.sub}/{self.sha256}/{self.stored_as}"
        return INSPECTED + tail, THUMBNAILS + tail


def partition(sub: str) -> str:
    """The partition of one user; ``sub`` comes from the token and nowhere else."""
    return f"USER#{sub}"


def owner(pk: str) -> str:
    """The inverse of ``partition``."""
    return pk.removeprefix("USER#")


def closed(sub: str) -> str:
    """The partition that tells that an account is closed: of it, and nothing of whose it was."""
    return f"{CLOSED}#{hashlib.sha256(sub.encode()).hexdigest()}"


def objects(sub: str) -> tuple[str, ...]:
    """The prefixes under which all objects of one user are."""
    return tuple(f"{prefix}{sub}/" for prefix in (UPLOADS, INSPECTED, THUMBNAILS))


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


def receipt(expense_id: str, receipt_id: str) -> str:
    """The sort key of a receipt."""
    return EXPENSE + expense_id + RECEIPT + receipt_id


def receipts(expense_id: str) -> str:
    """The sort key of what keeps count of the asks of one expense."""
    return EXPENSE + expense_id + RECEIPTS


def is_receipt(sk: str) -> bool:
    """Whether a receipt is at ``sk``."""
    return sk.startswith(EXPENSE) and RECEIPT in sk


def parse_receipt(sk: str) -> tuple[str, str]:
    """The expense and the receipt of a receipt's sort key."""
    expense_id, _, receipt_id = sk.removeprefix(EXPENSE).partition(RECEIPT)
    return expense_id, receipt_id


def uploads(day: dt.date) -> str:
    """The sort key of the number of uploads asked for on a day (UTC)."""
    return UPLOADS_OF_DAY + day.isoformat()


def stored_file(sha256: str) -> str:
    """The sort key of what knows where inspected bytes are, and which receipts share them."""
    return HASH + sha256


def upload_object(key: UploadKey) -> str:
    """The object that an upload form makes."""
    return f"{UPLOADS}{key.sub}/{key.expense_id}/{key.receipt_id}"


def parse_upload_object(key: str) -> UploadKey | None:
    """The inverse of ``upload_object``; None for a key that no form of ours makes."""
    match = _UPLOAD.fullmatch(key)
    return UploadKey(*match.groups()) if match else None


def parse_file_object(key: str) -> FileKey | None:
    """The file that an inspected object or a thumbnail belongs to."""
    prefix, _, tail = key.partition("/")
    parts = tail.split("/")
    return FileKey(*parts) if prefix + "/" in {INSPECTED, THUMBNAILS} and len(parts) == 3 else None  # noqa: PLR2004
