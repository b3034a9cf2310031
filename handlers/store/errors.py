"""What can go wrong in the store, each with what a caller needs to answer for it.

    StoreError
    ├── NotFound            no such expense of this user, or it is deleted
    ├── StaleVersion        it has changed since the version that was named
    ├── IdempotencyReused   the key was used for another request
    ├── TooManyCategories   a month and currency has as many categories as it may have
    ├── InvalidCursor       the cursor cannot be used here
    └── Busy                others wrote to the same items, or DynamoDB throttles; a later try will do

Anything else that botocore raises is a defect or an outage, and is left as it is.
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all."""


class NotFound(StoreError):  # noqa: N818 (named as the answer it becomes)
    """There is no such expense, or it is deleted, or it is another user's: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("there is no such expense")


class StaleVersion(StoreError):  # noqa: N818
    """The expense is not at a version that the caller named. ``current`` is the one it is at."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the expense is at version {current}, not at one that was named")


class IdempotencyReused(StoreError):  # noqa: N818
    """The idempotency key belongs to another request of the last 24 hours."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used for another request")


class TooManyCategories(StoreError):  # noqa: N818
    """A month of one currency has ``most`` categories already: its roll-up is one item, and an item has a limit."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"the month already has {most} categories in this currency")


class InvalidCursor(StoreError):  # noqa: N818
    """A cursor that cannot be used; ``code`` is a stable word, ``detail`` a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


class Busy(StoreError):  # noqa: N818
    """Nothing was written, since others got in the way every time; try again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(f"the store is busy; try again in {retry_after} s")
