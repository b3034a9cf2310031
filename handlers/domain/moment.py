"""The current time, as items have it."""

from __future__ import annotations

import datetime as dt


def now() -> str:
    """The current time in RFC 3339, UTC, to the millisecond: ``2026-11-22T10:00:00.000Z``."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
