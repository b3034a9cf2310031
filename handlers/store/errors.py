"""What the store refuses, in the words of its callers.

StoreError
├── NotFound             there is none of that id in this partition
├── StaleVersion         it changed since the caller saw it
├── IdempotencyReused    the key was used for another request
├── TooManyCategories    one month and currency has no room for another category
├── TooManyReceipts      the expense has as many as it may have
├── TooManyUploads       the user asked for as many uploads today as they may
├── InvalidCursor        a cursor that is not of this list
└── Busy                 DynamoDB asked to come back later, and kept asking
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all refusals."""


class NotFound(StoreError):  # noqa: N818 (named for what it tells)
    """There is none of that id."""


class StaleVersion(StoreError):  # noqa: N818
    """It has another version now."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the current version is {current}")


class IdempotencyReused(StoreError):  # noqa: N818
    """The key was used for another request within its life."""


class TooManyCategories(StoreError):  # noqa: N818
    """A roll-up is one item and holds a number for each category; an item has an end."""


class TooManyReceipts(StoreError):  # noqa: N818
    """An expense has a bounded number of receipts."""


class TooManyUploads(StoreError):  # noqa: N818
    """The day's uploads are used up; the next begins after ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"try again after {retry_after} s")


class InvalidCursor(StoreError):  # noqa: N818
    """``code`` and ``detail`` say why."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


class Busy(StoreError):  # noqa: N818
    """Try again after ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(f"try again after {retry_after} s")
