"""Every refusal, in one table: what was raised → the problem (RFC 9457) the client reads.

Whatever is raised and not listed is our own fault, and told as ``internal`` without a word of what it said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.contract.problem import FieldError, InvalidFields, Problem, problem_type
from handlers.store.errors import (
    Busy,
    IdempotencyReused,
    InvalidCursor,
    NotFound,
    StaleVersion,
    TooManyCategories,
)

MAX_ERRORS = 1000
"""Wrong fields that one answer names: a body of 256 KB can hold more than Lambda's 6 MB can tell of."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to answer. ``code`` is a stable word for programs, ``detail`` a sentence for people."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def at(self, pointer: str, code: str = "", detail: str = "") -> Refusal:
        """The same, naming the field that is wrong."""
        wrong = FieldError(pointer=pointer, code=code or self.code, detail=detail or self.detail)
        return replace(self, detail=wrong.detail, errors=(wrong,))

    def problem(self, request_id: str) -> Problem:
        """The body of the answer."""
        return Problem(
            type=problem_type(self.code),
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=request_id,
            code=self.code,
            errors=self.errors[:MAX_ERRORS] or None,
        )


class Refused(Exception):  # noqa: N818 (named for what it tells)
    """A request that the runtime itself refuses."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.code)


MALFORMED_BODY = Refusal(400, "malformed_body", "Bad request", "The body is not a JSON document.")
MALFORMED_HEADER = Refusal(400, "malformed_header", "Bad request", "A header is malformed.")
UNAUTHORIZED = Refusal(
    401,
    "unauthorized",
    "Unauthorized",
    "Send the ID token of a signed-in user as `Authorization: Bearer <token>`.",
    headers={"WWW-Authenticate": "Bearer"},
)
NOT_FOUND = Refusal(404, "not_found", "Not found", "There is no such thing, or it is not yours.")
STALE_VERSION = Refusal(412, "stale_version", "Precondition failed", "It has changed: read it again first.")
TOO_LARGE = Refusal(413, "too_large", "Content too large", "A body has at most 256 KB.")
UNSUPPORTED = Refusal(415, "unsupported_media_type", "Unsupported media type", "Send JSON in UTF-8.")
INVALID = Refusal(422, "invalid_fields", "Unprocessable content", "Fields are wrong: see `errors`.")
KEY_REUSED = Refusal(
    422,
    "idempotency_key_reused",
    "Unprocessable content",
    "This Idempotency-Key was used for another request within 24 hours: take a new one.",
)
NO_PRECONDITION = Refusal(
    428, "precondition_required", "Precondition required", "Send the ETag of what you change as If-Match."
)
BUSY = Refusal(429, "busy", "Too many requests", "Too much at once for this account: wait, then try again.")
INTERNAL = Refusal(
    500,
    "internal",
    "Internal server error",
    "The request was fine; the service failed. Try again, and quote `instance` if it stays.",
)


def invalid(errors: Sequence[FieldError]) -> Refusal:
    """Well-formed input with wrong fields."""
    return replace(INVALID, errors=tuple(errors))


def _too_many_categories(_: Any) -> Refusal:
    detail = "This month has no room for another category in this currency: use one that it has."
    return INVALID.at("/category", "too_many_categories", detail)


TABLE: Mapping[type[Exception], Callable[[Any], Refusal]] = {
    Refused: lambda error: error.refusal,
    InvalidFields: lambda error: invalid(error.errors),
    NotFound: lambda _: NOT_FOUND,
    StaleVersion: lambda _: STALE_VERSION,
    IdempotencyReused: lambda _: KEY_REUSED.at("/header/Idempotency-Key"),
    TooManyCategories: _too_many_categories,
    InvalidCursor: lambda error: INVALID.at("/query/cursor", error.code, error.detail),
    Busy: lambda error: replace(BUSY, headers={"Retry-After": str(error.retry_after)}),
}


def refusal_of(error: Exception) -> Refusal:
    """What to answer to ``error``."""
    row = next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)
    return row(error) if row else INTERNAL
