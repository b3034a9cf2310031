"""Who asks: the claims of the token that API Gateway's authorizer let pass, looked at once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.runtime.problems import UNAUTHORIZED, Refused


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user. ``sub`` names the partition of everything that is theirs; neither may reach a log."""

    sub: str
    email: str


def caller_of(event: Mapping[str, Any], client_id: str) -> Caller:
    """The user whose ID token came with a proxy event.

    An authorizer lets pass the tokens of every client of its pool, and on some targets access tokens too. One
    local target lets users rewrite ``sub``; the user name, which is the same in an honest token, tells.

    Raises:
        Refused: 401, the token is not an ID token for ``client_id``, or its ``sub`` was rewritten.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    sub = claims.get("sub")
    ours = claims.get("aud") == client_id and claims.get("token_use") == "id"
    if not ours or not isinstance(sub, str) or not sub or claims.get("cognito:username") != sub:
        raise Refused(UNAUTHORIZED)
    return Caller(sub=sub, email=str(claims.get("email", "")))
