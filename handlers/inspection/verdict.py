"""What an inspection ends with: facts about a file, or a reason to reject it; and the limits it is held to."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.contract.receipt import ContentType, Reason

MAX_PIXELS: dict[ContentType, int] = {
    "image/jpeg": 210_000_000,
    "image/png": 100_000_000,
    "image/heic": 100_000_000,
    "image/webp": 60_000_000,
}
"""Of one image."""
MAX_PAGES = 100
MAX_OBJECTS = 50_000
"""Of one PDF."""
THUMBNAIL = 640
"""Pixels of a thumbnail's longer side."""
SECONDS = 20
"""That one inspection may take."""
MEMORY = 1280 * 1024 * 1024
"""Bytes of address space that one inspection may take."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found. ``width`` and ``height`` are pixels of an upright image; ``thumbnail`` is a JPEG."""

    width: int | None = None
    height: int | None = None
    pages: int | None = None
    taken_at: str | None = None
    thumbnail: bytes | None = None


class Unacceptable(Exception):  # noqa: N818 (a verdict, not a failure)
    """The file must be rejected."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)
