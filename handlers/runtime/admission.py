"""Admission of a caller: a valid ID token of an account that is not closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.contract.refusals import ProblemType
from handlers.runtime.refusal import ProblemError
from handlers.runtime.request import check_caller
from handlers.store.account.closing import is_closed
from handlers.store.client import dynamodb

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
    """Admit the caller; this costs one consistent read.

    Raises:
        ProblemError: 401. API Gateway still accepts the tokens of a closed account.
        Busy: DynamoDB throttled.
    """
    check_caller(event, settings.user_pool_client_id)
    sub = event["requestContext"]["authorizer"]["claims"]["sub"]
    if is_closed(dynamodb(), settings.table_name, sub):
        raise ProblemError(ACCOUNT_CLOSED)
