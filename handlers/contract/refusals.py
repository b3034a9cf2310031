"""Refusals that API Gateway and the functions both send, in the same words, and the headers that both add.

A refusal is data here. The functions turn one into an answer; the topology turns one into a gateway response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.contract.problem import FieldError, Problem, problem_type, title
from handlers.contract.routes import JSON, MAX_BODY

EXPOSED_HEADERS = ("ETag", "Location", "Idempotent-Replayed", "Retry-After", "X-Amzn-RequestId")
"""Headers that a page of the web client may read."""
CHALLENGE = {"WWW-Authenticate": "Bearer"}
"""A 401 names the scheme by which a client signs in (RFC 9110, 11.6.1; RFC 6750).

On AWS the header of a function arrives as ``x-amzn-Remapped-WWW-Authenticate``: a REST API renames it. Refusals of API
Gateway itself keep the name. A client therefore decides by the ``code`` of the problem.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One problem type (RFC 9457, 3): the status, code, detail and headers of a refusal.

    ``pointer`` is the JSON pointer to the one wrong field, empty for the whole body; None if no field is wrong.
    """

    status: int
    code: str
    detail: str
    pointer: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def problem(self, request_id: str, errors: tuple[FieldError, ...] | None = None) -> Problem:
        """The body of the answer; ``errors`` replace the one that ``pointer`` names."""
        if errors is None and self.pointer is not None:
            errors = (FieldError(pointer=self.pointer, code=self.code, detail=self.detail),)
        return Problem(
            type=problem_type(self.code),
            title=title(self.status),
            status=self.status,
            detail=self.detail,
            instance=request_id,
            code=self.code,
            errors=errors or None,
        )


UNAUTHORIZED = ProblemType(
    401, "unauthorized", "Send the ID token of a signed-in user as `Authorization: Bearer <token>`.", headers=CHALLENGE
)
NOT_FOUND = ProblemType(404, "not_found", "There is no such resource.")
"""The same for an unknown path, an unknown id and the id of another user: nobody learns which ids exist."""
TOO_LARGE = ProblemType(413, "too_large", f"A body has at most {MAX_BODY:,} bytes.", pointer="")
INTERNAL = ProblemType(
    500, "internal", "The service failed; the request was fine. Try again, and quote `instance` if it fails again."
)


def unsupported_media_type(accepted: tuple[str, ...] = (JSON,)) -> ProblemType:
    """The refusal of a body that has none of the ``accepted`` media types."""
    detail = f"Send {' or '.join(accepted)} in UTF-8."
    return ProblemType(415, "unsupported_media_type", detail, headers={"Accept": ", ".join(accepted)})


def retry_after(seconds: int) -> dict[str, str]:
    """The header that tells a client how many seconds to wait (RFC 9110, 10.2.3)."""
    return {"Retry-After": str(seconds)}


def common_headers(origin: str) -> dict[str, str]:
    """The headers of every answer: pages of ``origin`` may read it, and no cache keeps it.

    See https://fetch.spec.whatwg.org/#http-cors-protocol.
    """
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS),
        "Cache-Control": "no-store",
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
    }
