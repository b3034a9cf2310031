"""List cursors: the end of a page, signed for one user and one set of filters.

A cursor holds no partition, which always comes from the token: no cursor reaches the data of another user. The
signature only allows to refuse a forged, foreign or misused cursor with a reason.
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
    """The cursor of the page that begins after the index key ``position``."""
    content = _filters(query) + position.encode()
    return base64.urlsafe_b64encode(_sign(content, sub, key) + content).rstrip(b"=").decode()


def unseal(cursor: str, query: ExpenseQuery, sub: str, key: str) -> str:
    """The position in ``cursor``.

    Raises:
        InvalidCursor: this service did not make it for this user, or it belongs to other filters.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise InvalidCursor("malformed_cursor", "Send the value of `next_cursor` as it is.") from error
    signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(content, sub, key)):
        raise InvalidCursor("foreign_cursor", "This service did not make this cursor for you. Begin at the first page.")
    if content[:FILTERS] != _filters(query):
        raise InvalidCursor("cursor_of_other_filters", "This cursor belongs to other filters. Begin at the first page.")
    return content[FILTERS:].decode()


def _sign(content: bytes, sub: str, key: str) -> bytes:
    return hmac.new(key.encode(), f"{sub}\0".encode() + content, hashlib.sha256).digest()[:SIGNATURE]


def _filters(query: ExpenseQuery) -> bytes:
    """A digest of the filters, without the size of a page."""
    filters = query.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True)
    return hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).digest()[:FILTERS]
