"""Who is let in: whoever has a token of ours, of an account that is not closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.contract.refusals import ProblemType
from handlers.runtime.refusal import ProblemError
from handlers.runtime.request import check_caller
from handlers.store.client import dynamodb
from handlers.store.closing import is_closed

if TYPE_CHECKING:
    from handlers.contract.settings import UserSettings
    from handlers.runtime.request import Event

ACCOUNT_CLOSED = ProblemType(
    401,
    "account_closed",
    "This account was closed, and everything in it is erased.",
    headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
)


def admit(event: Event, settings: UserSettings) -> None:
    """Let the caller in, at the price of one consistent read.

    Raises:
        ProblemError: 401; a closed account's tokens are still good for the gateway.
        Busy: DynamoDB throttled.
    """
    check_caller(event, settings.user_pool_client_id)
    sub = event["requestContext"]["authorizer"]["claims"]["sub"]
    if is_closed(dynamodb(), settings.table_name, sub):
        raise ProblemError(ACCOUNT_CLOSED)
