"""The log line of a failure: its type and place, without messages, which may quote text of a user."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from handlers.runtime.measures import count

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

LONGEST_CHAIN = 5
"""Causes of one failure that the log line has."""


def log_failure(logger: Logger, error: BaseException, **fields: Any) -> None:
    """One line for a failure and its causes, with ``fields`` of the request."""
    chain: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < LONGEST_CHAIN:
        stack = traceback.extract_tb(cause.__traceback__)
        frames = [f"{each.filename}:{each.lineno} {each.name}" for each in stack]
        chain.append({"error": type(cause).__name__, "aws_code": _aws_code(cause), "frames": frames})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    count("LogErrors")
    logger.error("failed", **fields, **chain[0], causes=chain[1:])


def _aws_code(error: BaseException) -> str | None:
    """The error code of botocore's ``ClientError``, a class that not every function loads."""
    response = getattr(error, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None
