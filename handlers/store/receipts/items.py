"""Receipts and inspected files ↔ DynamoDB items."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.contract.names import SORT_KEY
from handlers.contract.receipt import ContentType, Reason
from handlers.domain.receipt_status import StoredStatus
from handlers.store import keys
from handlers.store.table.attributes import Item, decode, encode


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as the table has it.

    ``stored_as`` names the file that the receipt shares (see ``keys.FileKey``), once an inspection accepted its
    bytes. ``in_flight``: its inspection was running when its removal began. ``expires_at`` is in seconds since 1970.
    ``request_id`` is the id of the request that asked for the upload: it joins the lines of the inspection to it.
    """

    id: str
    expense_id: str
    status: StoredStatus
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
    request_id: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether its owner can no longer read it."""
        return self.status == "deleting" or self.has_expired

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()

    @property
    def holds_a_place(self) -> bool:
        """Whether it counts towards the number of receipts that an expense may have."""
        return not self.is_gone and self.status != "rejected"

    def file(self, sub: str) -> keys.FileKey | None:
        """Its inspected file."""
        return keys.FileKey(sub, self.sha256, self.stored_as) if self.stored_as else None


_FLAGS = ("thumbnail", "in_flight")


def receipt_item(sub: str, receipt: StoredReceipt) -> Item:
    """A receipt as an item."""
    plain = set(StoredReceipt.__slots__) - {"id", "expense_id", *_FLAGS}
    values = {name: getattr(receipt, name) for name in plain}
    flags = {name: 1 for name in _FLAGS if getattr(receipt, name)}
    return encode({**keys.primary(sub, keys.receipt(receipt.expense_id, receipt.id)), **values, **flags})


def read_receipt(item: Mapping[str, Any]) -> StoredReceipt:
    """The inverse of ``receipt_item``."""
    values = decode(item)
    expense_id, receipt_id = keys.parse_receipt(values[SORT_KEY])
    known = {name: value for name, value in values.items() if name in StoredReceipt.__slots__}
    flags = {name: bool(values.get(name)) for name in _FLAGS}
    return StoredReceipt(**{**known, **flags, "id": receipt_id, "expense_id": expense_id})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An inspected file, and the ids of the receipts that share it."""

    stored_as: str
    receipts: frozenset[str]


def read_stored_file(item: Mapping[str, Any]) -> StoredFile:
    """The file in an item that ``Inspections.share`` wrote."""
    values = decode(item)
    return StoredFile(values["stored_as"], frozenset(values["receipts"]))
