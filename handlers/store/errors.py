"""The errors of the store, each of which a caller can act on.

StoreError
├── NotFound             no item has this id in this partition
├── StaleVersion         the item changed since the caller read it
├── IdempotencyReused    the key was used for another request
├── TooManyCategories    one month and currency has no room for another category
├── TooManyReceipts      the expense has as many as it may have
├── TooManyUploads       the user asked for as many uploads today as they may
├── InvalidCursor        the cursor does not belong to this list
└── Busy                 other requests, or DynamoDB's throttling, were in the way at every attempt

Conflict                 inside the store: a condition did not hold; read again and decide again
"""

from __future__ import annotations


class Conflict(Exception):  # noqa: N818 (a signal between parts of the store)
    """The condition of a write did not hold: another request changed the item since it was read."""


class StoreError(Exception):
    """Base of all errors that leave the store."""


class NotFound(StoreError):  # noqa: N818 (each is named for its cause)
    """No item has this id."""


class StaleVersion(StoreError):  # noqa: N818
    """The item has another version now."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the current version is {current}")


class IdempotencyReused(StoreError):  # noqa: N818
    """The key was used for another request within its life."""


class TooManyCategories(StoreError):  # noqa: N818
    """A roll-up is one item of bounded size and holds two numbers for each category."""


class TooManyReceipts(StoreError):  # noqa: N818
    """An expense has a bounded number of receipts."""


class TooManyUploads(StoreError):  # noqa: N818
    """The user's uploads of this day are used up; the next day begins after ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"try again after {retry_after} s")


class InvalidCursor(StoreError):  # noqa: N818
    """``code`` and ``detail`` give the reason."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


class Busy(StoreError):  # noqa: N818
    """Try again after ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(f"try again after {retry_after} s")
