"""The present, as it is written into what we keep."""

from __future__ import annotations

import datetime as dt


def now() -> str:
    """The present in RFC 3339, UTC, to the millisecond: ``2026-11-22T10:00:00.000Z``."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
