"""List cursors: where a page ended, signed for one user and one set of filters.

A cursor holds no partition: that always comes from the token, so no cursor can be turned towards another
user. The signature is for good order: a forged, foreign or misused one is refused with a reason.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from handlers.store.errors import InvalidCursor

if TYPE_CHECKING:
    from handlers.contract.query import ExpenseQuery

SIGNATURE, FILTERS = 16, 8
"""Bytes kept of the signature and of the filters' digest."""


def seal(position: str, query: ExpenseQuery, sub: str, key: str) -> str:
    """The cursor that goes on after the index key ``position``."""
    content = _filters(query) + position.encode()
    return base64.urlsafe_b64encode(_sign(content, sub, key) + content).rstrip(b"=").decode()


def unseal(cursor: str, query: ExpenseQuery, sub: str, key: str) -> str:
    """The position in ``cursor``.

    Raises:
        InvalidCursor: it is not one of ours, is another user's, or belongs to other filters.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise InvalidCursor("malformed_cursor", "Take a cursor from `next_cursor`, and send it as it is.") from error
    signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(content, sub, key)):
        raise InvalidCursor(
            "foreign_cursor", "This cursor was not made for you by this service. Begin at the first page."
        )
    if content[:FILTERS] != _filters(query):
        raise InvalidCursor("cursor_of_other_filters", "This cursor belongs to other filters. Begin at the first page.")
    return content[FILTERS:].decode()


def _sign(content: bytes, sub: str, key: str) -> bytes:
    return hmac.new(key.encode(), f"{sub}\0".encode() + content, hashlib.sha256).digest()[:SIGNATURE]


def _filters(query: ExpenseQuery) -> bytes:
    """A digest of all that decides which rows are listed; the size of a page does not."""
    filters = query.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True)
    return hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).digest()[:FILTERS]
