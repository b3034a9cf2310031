"""The logger of a function, and the ids that its lines have.

``correlation_id`` is API Gateway's id of the request that a line belongs to, also in the functions that events call:
their callers send it along. ``function_request_id`` is Lambda's id of the run, which Lambda's own lines have.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from handlers.contract.request_id import is_request_id
from handlers.store.calls import CALLS


def logger_of(function: str) -> Logger:
    """A logger without the place in our code: it is the same for each message, and costs 30 bytes a line."""
    return Logger(service=function, location=None)


def begin_lines(logger: Logger, context: object, request_id: str | None) -> None:
    """Begin the lines of another run; until its request is known, they have no correlation id."""
    CALLS.begin()
    logger.set_correlation_id(request_id)
    logger.append_keys(function_request_id=getattr(context, "aws_request_id", None))


def join_lines(logger: Logger, request_id: str | None) -> None:
    """Let the lines belong to the request of this id, unless it is not an id: it comes from a message or an item."""
    if is_request_id(request_id):
        logger.set_correlation_id(request_id)
