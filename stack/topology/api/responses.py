"""The gateway's own refusals, worded as the problems that the functions answer with (RFC 9457).

The templates use only the variables that every target fills: ``$context.requestId``. A refusal of a body names the
whole document by the empty JSON pointer (RFC 6901).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from handlers.contract.problem import problem_type
from stack.kinds.rest_api.props import GatewayResponse
from stack.topology.api import cors

REQUEST_ID = "$context.requestId"


@dataclass(frozen=True, slots=True)
class Wording:
    """One refusal: the response type of API Gateway, and the problem it becomes."""

    type: str
    status: int
    code: str
    title: str
    detail: str
    whole_body: bool = False


_SIGN_IN = "Send the ID token of a signed-in user as `Authorization: Bearer <token>`."
_OURS = "The request was fine; the service failed. Try again, and quote `instance` if it stays."
WORDINGS = (
    Wording("ACCESS_DENIED", 403, "forbidden", "Forbidden", "This token does not allow the request."),
    Wording("API_CONFIGURATION_ERROR", 500, "internal", "Internal server error", _OURS),
    Wording("AUTHORIZER_CONFIGURATION_ERROR", 500, "internal", "Internal server error", _OURS),
    Wording("AUTHORIZER_FAILURE", 500, "internal", "Internal server error", _OURS),
    Wording(
        "BAD_REQUEST_BODY",
        400,
        "invalid_body",
        "Bad request",
        "The body must be one JSON object.",
        whole_body=True,
    ),
    Wording("BAD_REQUEST_PARAMETERS", 400, "bad_request", "Bad request", "A parameter is missing."),
    Wording("DEFAULT_4XX", 400, "bad_request", "Bad request", "The gateway refused the request."),
    Wording("DEFAULT_5XX", 500, "internal", "Internal server error", _OURS),
    Wording("EXPIRED_TOKEN", 401, "unauthorized", "Unauthorized", _SIGN_IN),
    Wording("INTEGRATION_FAILURE", 500, "internal", "Internal server error", _OURS),
    Wording("INTEGRATION_TIMEOUT", 504, "timeout", "Gateway timeout", _OURS),
    Wording("INVALID_API_KEY", 403, "forbidden", "Forbidden", "The API key is not valid."),
    Wording("INVALID_SIGNATURE", 401, "unauthorized", "Unauthorized", _SIGN_IN),
    Wording("MISSING_AUTHENTICATION_TOKEN", 404, "not_found", "Not found", "There is no such route."),
    Wording("QUOTA_EXCEEDED", 429, "throttled", "Too many requests", "The quota is used up; wait, then try again."),
    Wording("REQUEST_TOO_LARGE", 413, "too_large", "Content too large", "The body is too large."),
    Wording("RESOURCE_NOT_FOUND", 404, "not_found", "Not found", "There is no such route."),
    Wording("THROTTLED", 429, "throttled", "Too many requests", "Too many requests at once; wait, then try again."),
    Wording("UNAUTHORIZED", 401, "unauthorized", "Unauthorized", _SIGN_IN),
    Wording("UNSUPPORTED_MEDIA_TYPE", 415, "unsupported_media_type", "Unsupported media type", "Send JSON."),
    Wording("WAF_FILTERED", 403, "forbidden", "Forbidden", "The request was filtered."),
)
"""All response types of API Gateway (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html)."""


def responses(origin: str) -> tuple[GatewayResponse, ...]:
    """Every refusal with its template and headers, sorted by type."""
    return tuple(_response(wording, origin) for wording in sorted(WORDINGS, key=lambda each: each.type))


def _response(wording: Wording, origin: str) -> GatewayResponse:
    headers = {
        **cors.refusal(origin),
        "Cache-Control": "no-store",
        "Content-Type": "application/problem+json",
    }
    if wording.status == 401:  # noqa: PLR2004 (RFC 9110, 11.6.1: a 401 names the scheme)
        headers["WWW-Authenticate"] = "Bearer"
    if wording.status == 429:  # noqa: PLR2004
        headers["Retry-After"] = "1"
    return GatewayResponse(wording.type, str(wording.status), template(wording), dict(sorted(headers.items())))


def template(wording: Wording) -> str:
    """The problem as a mapping template."""
    problem: dict[str, object] = {
        "type": problem_type(wording.code),
        "title": wording.title,
        "status": wording.status,
        "detail": wording.detail,
        "instance": REQUEST_ID,
        "code": wording.code,
    }
    if wording.whole_body:
        problem["errors"] = [{"pointer": "", "code": wording.code, "detail": wording.detail}]
    return json.dumps(problem)
