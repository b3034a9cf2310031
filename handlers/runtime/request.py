"""A request as an operation receives it: the caller, and each part as the model that the route declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from handlers.contract.expense import ULID
from handlers.contract.model import Input
from handlers.contract.parsing import parse
from handlers.contract.query import Query, parse_query
from handlers.contract.refusals import NOT_FOUND, UNAUTHORIZED, ProblemType
from handlers.contract.routes import Route
from handlers.contract.text import Month
from handlers.runtime.body import parse_document
from handlers.runtime.refusal import ProblemError, wrong

FRESH = 300
"""Seconds after a login in which a request may close the account."""
Event = Mapping[str, Any]
"""The event that API Gateway sends to a function (REST API, proxy integration)."""
Body = TypeVar("Body", bound=Input | None)
Parameters = TypeVar("Parameters", bound=Query)


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in user."""

    sub: str
    email: str


class _MonthInPath(Input):
    month: Month


@dataclass(frozen=True, slots=True)
class Request(Generic[Body, Parameters]):
    """A request of one route; ``query`` and ``body`` are the models that the route declares.

    ``document`` is the JSON of the body as the client sent it.
    """

    route: Route
    event: Event
    path: Mapping[str, str]
    query: Parameters
    document: Any

    @property
    def body(self) -> Body:
        """The body as the route's model; None where the route has none.

        It is validated here, on its use: an operation may first refuse a resource that the caller does not have,
        so that a stranger gets the same 404 for every body.

        Raises:
            InvalidFields: with every wrong field.
        """
        return cast("Body", parse(self.route.body, self.document) if self.route.body else None)

    @property
    def id(self) -> str:
        """API Gateway's id of the request."""
        return str(self.event["requestContext"]["requestId"])

    @property
    def caller(self) -> Caller:
        """The user whose token was checked before this request was made."""
        claims = self.event["requestContext"]["authorizer"]["claims"]
        return Caller(claims["sub"], claims.get("email", ""))

    def header(self, name: str) -> str | None:
        """A header, whatever its case; several of one name are joined to one list (RFC 9110, 5.3)."""
        return header(self.event, name)


AnyRequest = Request[Any, Any]
PlainRequest = Request[None, Query]
"""A request of a route that declares neither a body nor parameters."""


def header(event: Event, name: str) -> str | None:
    """See ``Request.header``."""
    for each, values in (event.get("multiValueHeaders") or {}).items():
        if each.lower() == name.lower():
            return ", ".join(values)
    return None


def parse_request(route: Route, event: Event) -> AnyRequest:
    """The request, with a body that is JSON and with valid parameters.

    Raises:
        ProblemError, InvalidFields: a part is wrong.
    """
    path = _path(route, event.get("pathParameters") or {})
    query = parse_query(route.query or Query, _parameters(event)) if not route.public else Query()
    if route.body is None:
        return Request(route, event, path, query, None)
    document = parse_document(
        event.get("body"),
        is_base64=bool(event.get("isBase64Encoded")),
        content_type=header(event, "Content-Type"),
        accepted=route.body_media_types,
    )
    return Request(route, event, path, query, document)


def location(request: AnyRequest, name: str) -> str:
    """A reference to ``name`` below the request's URL (RFC 3986, 5.2).

    It is relative, since a function does not know the host, stage and prefix of the URL that the client used.
    """
    last = str(request.event["requestContext"]["path"]).rpartition("/")[2]
    return f"{last}/{name}" if last else name


def check_caller(event: Event, client_id: str) -> None:
    """Accept only an ID token for the client ``client_id`` whose user name equals its ``sub``.

    API Gateway has verified its signature, issuer and expiry, but none of these claims. One local target lets
    users rewrite their ``sub``; the user name in the token still names the user.

    Raises:
        ProblemError: 401.
    """
    claims = ((event.get("requestContext") or {}).get("authorizer") or {}).get("claims") or {}
    right = (
        claims.get("token_use") == "id"
        and claims.get("aud") == client_id
        and bool(claims.get("sub"))
        and claims.get("cognito:username") == claims["sub"]
    )
    if not right:
        raise ProblemError(UNAUTHORIZED)


def check_fresh_login(event: Event, now: float) -> None:
    """Accept only a login of the last ``FRESH`` seconds; a refreshed token is no new login.

    Raises:
        ProblemError: 401, with the challenge of RFC 9470.
    """
    claims = event["requestContext"]["authorizer"]["claims"]
    # AWS sends `iat` as a date in words; `auth_time`, which is never later, stays a number.
    moments = [int(claims[name]) for name in ("auth_time", "iat") if str(claims.get(name, "")).isdecimal()]
    if not moments or min(moments) < now - FRESH:
        challenge = f'Bearer error="insufficient_user_authentication", max_age="{FRESH}"'
        detail = f"Sign in again with your password, then repeat this within {FRESH // 60} minutes."
        raise ProblemError(ProblemType(401, "fresh_login_required", detail, headers={"WWW-Authenticate": challenge}))


def _path(route: Route, given: Mapping[str, str]) -> dict[str, str]:
    path = {name: given.get(name) or "" for name in route.parameters}
    ids = (value for name, value in path.items() if name.endswith("_id"))
    if not all(re.fullmatch(ULID[1:-1], value) for value in ids):
        raise ProblemError(NOT_FOUND)
    if "month" in path:
        parse(_MonthInPath, {"month": path["month"]}, "/path")
    return path


def _parameters(event: Event) -> dict[str, list[str]]:
    given = event.get("multiValueQueryStringParameters") or {}
    parameters = {name: list(values) for name, values in given.items()}
    for name, values in parameters.items():
        if any("\ufffd" in value for value in (name, *values)):
            raise wrong(400, f"/query/{name}", "not_utf8", "This parameter is not UTF-8.")
    return parameters
