"""The gateway responses: API Gateway's own refusals, worded as the problems of the functions (RFC 9457).

The templates use only ``$context.requestId``, the one variable that every target fills.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.contract.problem import MEDIA_TYPE
from handlers.contract.refusals import (
    INTERNAL,
    NOT_FOUND,
    TOO_LARGE,
    UNAUTHORIZED,
    ProblemType,
    common_headers,
    retry_after,
    unsupported_media_type,
)
from stack.kinds.rest_api.props import GatewayResponse

REQUEST_ID = "$context.requestId"
THROTTLED = ProblemType(429, "throttled", "Too many requests. Wait, then repeat.", headers=retry_after(1))
PROBLEMS = {
    "ACCESS_DENIED": ProblemType(403, "forbidden", "This token does not allow the request."),
    "API_CONFIGURATION_ERROR": INTERNAL,
    "AUTHORIZER_CONFIGURATION_ERROR": INTERNAL,
    "AUTHORIZER_FAILURE": INTERNAL,
    "BAD_REQUEST_BODY": ProblemType(400, "invalid_body", "The body must be one JSON object.", pointer=""),
    "BAD_REQUEST_PARAMETERS": ProblemType(400, "bad_request", "A parameter is missing."),
    "DEFAULT_4XX": ProblemType(400, "bad_request", "API Gateway refused the request."),
    "DEFAULT_5XX": INTERNAL,
    "EXPIRED_TOKEN": UNAUTHORIZED,
    "INTEGRATION_FAILURE": INTERNAL,
    "INTEGRATION_TIMEOUT": replace(INTERNAL, status=504, code="timeout"),
    "INVALID_API_KEY": ProblemType(403, "forbidden", "The API key is not valid."),
    "INVALID_SIGNATURE": UNAUTHORIZED,
    "MISSING_AUTHENTICATION_TOKEN": NOT_FOUND,  # AWS's type for an unknown path
    "QUOTA_EXCEEDED": THROTTLED,
    "REQUEST_TOO_LARGE": TOO_LARGE,
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": THROTTLED,
    "UNAUTHORIZED": UNAUTHORIZED,
    "UNSUPPORTED_MEDIA_TYPE": unsupported_media_type(),
    "WAF_FILTERED": ProblemType(403, "forbidden", "A firewall refused the request."),
}
"""The problem for each response type of API Gateway.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html.
"""


def responses(origin: str) -> tuple[GatewayResponse, ...]:
    """One gateway response for each type, sorted by type."""
    return tuple(_response(kind, problem, origin) for kind, problem in sorted(PROBLEMS.items()))


def _response(kind: str, problem: ProblemType, origin: str) -> GatewayResponse:
    template = problem.problem(REQUEST_ID).model_dump_json(exclude_none=True)
    headers = {**common_headers(origin), **problem.headers, "Content-Type": MEDIA_TYPE}
    return GatewayResponse(kind, str(problem.status), template, dict(sorted(headers.items())))
