"""Receipts ↔ DynamoDB items.

pending ──▶ processing ──▶ ready      Each but ``ready`` ends by itself: DynamoDB removes it after ``expires_at``,
   │            │            │        and we take it for gone from that second on.
   │            ▼            │
   │         rejected        │
   └────────────┴────────────┴──▶ deleting ──▶ (gone)      hidden from its owner
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.contract.receipt import ContentType, Reason, Status
from handlers.store import keys
from handlers.store.attributes import Item, decode, encode

PENDING_LIFE = 3600
"""Seconds: the life of an upload form, and as much time again for the upload and its event."""
PROCESSING_LIFE = 24 * 3600
"""Seconds: longer than an event is retried, and as long as an upload is kept."""
REJECTED_LIFE = 7 * 24 * 3600
"""Seconds that a rejected receipt tells why."""
Kept = Literal[Status, "deleting"]


@dataclass(frozen=True, slots=True)
class Record:
    """A receipt as it is kept.

    ``stored_as`` names the file that the receipt shares (see ``keys.FileKey``), once its bytes were found good.
    ``in_flight``: it was being inspected when its removal began. ``expires_at`` is in seconds since 1970.
    """

    id: str
    expense_id: str
    status: Kept
    filename: str
    content_type: ContentType
    size: int
    sha256: str
    created_at: str
    reason: Reason | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    taken_at: str | None = None
    duplicate_of: str | None = None
    stored_as: str | None = None
    thumbnail: bool = False
    in_flight: bool = False
    expires_at: int | None = None

    @property
    def is_gone(self) -> bool:
        """Whether its owner may not see it any more."""
        return self.status == "deleting" or self.has_expired

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()

    @property
    def holds_a_place(self) -> bool:
        """Whether it counts for the most that an expense may have."""
        return not self.is_gone and self.status != "rejected"

    def file(self, sub: str) -> keys.FileKey | None:
        """Where its inspected bytes are."""
        return keys.FileKey(sub, self.sha256, self.stored_as) if self.stored_as else None


_FLAGS = ("thumbnail", "in_flight")


def receipt_item(sub: str, record: Record) -> Item:
    """A receipt."""
    values = {name: getattr(record, name) for name in Record.__slots__ if name not in {"id", "expense_id", *_FLAGS}}
    flags = {name: 1 for name in _FLAGS if getattr(record, name)}
    at = {PARTITION_KEY: keys.partition(sub), SORT_KEY: keys.receipt(record.expense_id, record.id)}
    return encode({**at, **values, **flags})


def read_receipt(item: Mapping[str, Any]) -> Record:
    """The inverse of ``receipt_item``."""
    values = decode(item)
    expense_id, receipt_id = keys.parse_receipt(values[SORT_KEY])
    known = {name: value for name, value in values.items() if name in Record.__slots__}
    flags = {name: bool(values.get(name)) for name in _FLAGS}
    return Record(**{**known, **flags, "id": receipt_id, "expense_id": expense_id})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Inspected bytes, and the receipts that share them."""

    stored_as: str
    receipts: frozenset[str]


def read_stored_file(item: Mapping[str, Any]) -> StoredFile:
    """The inverse of what ``inspections`` writes."""
    values = decode(item)
    return StoredFile(values["stored_as"], frozenset(values["receipts"]))
