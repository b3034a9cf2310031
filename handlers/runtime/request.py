"""A request as a function sees it: who calls, and every part parsed as its route declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from handlers.contract.expense import ULID
from handlers.contract.problem import InvalidFields, field_errors
from handlers.contract.query import Query, parse_query
from handlers.contract.refusals import NOT_FOUND, UNAUTHORIZED, ProblemType
from handlers.contract.routes import Route
from handlers.contract.text import Month
from handlers.runtime.body import parse_document
from handlers.runtime.refusal import ProblemError, wrong

_MONTH = TypeAdapter(Month)
FRESH = 300
"""Seconds for which a login counts as new."""
Event = Mapping[str, Any]
"""What API Gateway sends to a function (REST, proxy integration)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in user."""

    sub: str
    email: str


@dataclass(frozen=True, slots=True)
class Request:
    """``path``, ``query`` and ``document`` have been validated as far as the route's declaration goes."""

    route: Route
    event: Event
    path: Mapping[str, str]
    query: Query
    document: Any

    @property
    def caller(self) -> Caller:
        """Who calls, by a token that was checked before this request was made."""
        claims = self.event["requestContext"]["authorizer"]["claims"]
        return Caller(claims["sub"], claims.get("email", ""))

    def header(self, name: str) -> str | None:
        """A header, whatever its case; several of one name as one list (RFC 9110, 5.3)."""
        return header(self.event, name)


def header(event: Event, name: str) -> str | None:
    """See ``Request.header``."""
    for each, values in (event.get("multiValueHeaders") or {}).items():
        if each.lower() == name.lower():
            return ", ".join(values)
    return None


def parse_request(route: Route, event: Event) -> Request:
    """Parse all that ``route`` declares.

    Raises:
        ProblemError, InvalidFields: a part is wrong.
    """
    path = _path(route, event.get("pathParameters") or {})
    query = parse_query(route.query or Query, _parameters(event)) if not route.public else Query()
    document = None
    if route.body:
        document = parse_document(
            event.get("body"),
            is_base64=bool(event.get("isBase64Encoded")),
            content_type=header(event, "Content-Type"),
            accepted=route.body_media_types,
        )
    return Request(route, event, path, query, document)


def location(request: Request, name: str) -> str:
    """A reference to ``name`` below the request's URL (RFC 3986, 5.2).

    Relative, since a function cannot know under which host, stage and prefix it is reached.
    """
    last = str(request.event["requestContext"]["path"]).rpartition("/")[2]
    return f"{last}/{name}" if last else name


def check_caller(event: Event, client_id: str) -> None:
    """Trust a token only if it is an ID token for our client whose name inside is its ``sub``.

    The gateway has verified its signature, issuer and life; it does not look at these. One local target lets
    users rewrite their ``sub``; the user name inside the token still tells.

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
    """Go on only for who has signed in within the last ``FRESH`` seconds; a refreshed token is no new login.

    Raises:
        ProblemError: 401, with the challenge of RFC 9470.
    """
    claims = event["requestContext"]["authorizer"]["claims"]
    # AWS hands `iat` on as a date in words; `auth_time`, which is never later, stays a number.
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
        try:
            _MONTH.validate_python(path["month"])
        except ValidationError as error:
            raise InvalidFields(field_errors(error, "/path/month")) from error
    return path


def _parameters(event: Event) -> dict[str, list[str]]:
    given = event.get("multiValueQueryStringParameters") or {}
    parameters = {name: list(values) for name, values in given.items()}
    for name, values in parameters.items():
        if any("\ufffd" in value for value in (name, *values)):
            raise wrong(400, f"/query/{name}", "not_utf8", "This parameter is not UTF-8.")
    return parameters
