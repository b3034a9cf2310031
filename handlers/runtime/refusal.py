"""The exception that refuses a request, and one table from what the domain and the store refuse to problems."""

from __future__ import annotations

from handlers.contract.problem import FieldError, InvalidFields, Problem
from handlers.contract.receipt import MAX_RECEIPTS, MAX_UPLOADS
from handlers.contract.refusals import INTERNAL, NOT_FOUND, ProblemType, retry_after
from handlers.store.errors import (
    Busy,
    IdempotencyReused,
    InvalidCursor,
    NotFound,
    StaleVersion,
    StoreError,
    TooManyCategories,
    TooManyReceipts,
    TooManyUploads,
)

MAX_ERRORS = 1000
"""Wrong fields that one problem names. A body of 256 KB can hold more of them than an answer of 6 MB can name."""


class ProblemError(Exception):
    """A request that a function answers with a problem (RFC 9457)."""

    def __init__(self, kind: ProblemType, errors: tuple[FieldError, ...] | None = None) -> None:
        self.kind, self.errors = kind, errors
        super().__init__(kind.code)

    def problem(self, request_id: str) -> Problem:
        """The body of the answer."""
        return self.kind.problem(request_id, self.errors and self.errors[:MAX_ERRORS])


def wrong(status: int, pointer: str, code: str, detail: str) -> ProblemError:
    """The refusal of a request in which one field, header or parameter is wrong."""
    return ProblemError(ProblemType(status, code, detail, pointer))


def refusal_of(error: InvalidFields | StoreError) -> ProblemError:
    """The problem for each error of the contract and of the store."""
    if isinstance(error, InvalidFields):
        detail = "Every wrong field is named in `errors`."
        return ProblemError(ProblemType(422, "invalid_fields", detail), error.errors)
    return ProblemError(_problem_type(error))


def _problem_type(error: StoreError) -> ProblemType:  # noqa: PLR0911 (one row for each error)
    match error:
        case NotFound():
            return NOT_FOUND
        case StaleVersion():
            detail = "It changed since you read it. Read it again, then repeat your change."
            return ProblemType(412, "stale_version", detail)
        case IdempotencyReused():
            detail = "This Idempotency-Key was used for another request in the last 24 hours. Use a new one."
            return ProblemType(422, "idempotency_key_reused", detail, "/header/Idempotency-Key")
        case TooManyCategories():
            detail = "This month has as many categories as one month may have. Use one of them."
            return ProblemType(422, "too_many_categories", detail, "/category")
        case TooManyReceipts():
            detail = f"This expense has {MAX_RECEIPTS} receipts, as many as one may have. Remove one of them."
            return ProblemType(409, "too_many_receipts", detail)
        case TooManyUploads():
            detail = f"You asked for {MAX_UPLOADS} uploads today, as many as one may. Wait for tomorrow (UTC)."
            return ProblemType(429, "too_many_uploads", detail, headers=retry_after(error.retry_after))
        case InvalidCursor():
            return ProblemType(422, error.code, error.detail, "/query/cursor")
        case Busy():
            detail = "Other requests are writing the same data. Wait a moment, then repeat."
            return ProblemType(429, "busy", detail, headers=retry_after(error.retry_after))
        case _:
            return INTERNAL
