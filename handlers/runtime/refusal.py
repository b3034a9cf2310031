"""Refusals, and the one table that turns what the domain and the store refuse into problems (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contract.problem import FieldError, InvalidFields, Problem, problem_type, title
from handlers.contract.receipt import MAX_RECEIPTS, MAX_UPLOADS
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
"""Wrong fields that one problem names. A body of 256 KB holds more than an answer of 6 MB can name."""


class Refusal(Exception):  # noqa: N818 (an answer, not a failure)
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors, dict(headers or {})
        super().__init__(code)

    def problem(self, request_id: str) -> Problem:
        """The body of the answer."""
        return Problem(
            type=problem_type(self.code),
            title=title(self.status),
            status=self.status,
            detail=self.detail,
            instance=request_id,
            code=self.code,
            errors=self.errors[:MAX_ERRORS] or None,
        )


def wrong(status: int, pointer: str, code: str, detail: str) -> Refusal:
    """A refusal because of one field."""
    return Refusal(status, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def not_found() -> Refusal:
    """There is none, or it is not yours: nobody can tell which."""
    return Refusal(404, "not_found", "There is nothing of that id.")


def internal() -> Refusal:
    """We failed; the log knows why, under the same request id."""
    detail = "The request was fine; the service failed. Try again, and quote `instance` if it stays."
    return Refusal(500, "internal", detail)


def refusal_of(error: InvalidFields | StoreError) -> Refusal:  # noqa: PLR0911 (a row each)
    """The problem for each thing that the inside refuses."""
    match error:
        case InvalidFields():
            detail = "Every wrong field is named in `errors`."
            return Refusal(422, "invalid_fields", detail, errors=error.errors)
        case NotFound():
            return not_found()
        case StaleVersion():
            detail = "It changed since you read it. Read it again, then repeat your change."
            return Refusal(412, "stale_version", detail)
        case IdempotencyReused():
            detail = "This Idempotency-Key was used for another request in the last 24 hours. Use a new one."
            return wrong(422, "/header/Idempotency-Key", "idempotency_key_reused", detail)
        case TooManyCategories():
            detail = "This month has as many categories as one month may have. Use one of them."
            return wrong(422, "/category", "too_many_categories", detail)
        case TooManyReceipts():
            detail = f"This expense has {MAX_RECEIPTS} receipts, as many as one may have. Remove one of them."
            return Refusal(409, "too_many_receipts", detail)
        case TooManyUploads():
            detail = f"You asked for {MAX_UPLOADS} uploads today, as many as one may. Wait for tomorrow (UTC)."
            return Refusal(429, "too_many_uploads", detail, headers={"Retry-After": str(error.retry_after)})
        case InvalidCursor():
            return wrong(422, "/query/cursor", error.code, error.detail)
        case Busy():
            detail = "Others are writing the same data. Wait a moment, then repeat."
            return Refusal(429, "busy", detail, headers={"Retry-After": str(error.retry_after)})
        case _:
            return internal()
