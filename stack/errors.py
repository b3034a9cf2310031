"""Errors with a sentence for the user, and the classification of AWS's errors.

StackError            its message is a sentence; the command prints it and exits 1 (``stack.failure``)
├── EmulatorError     the emulator cannot be started, read or stopped (``stack.local.failure``)
├── TopologyError     the declared topology is impossible; nothing was called
├── NotKept           the target accepted a write and reads back another value
├── Conflict          another run changed the same resource; read it again
└── CallFailed        AWS refused a call; says the attempt, the resource and the answer
    └── Unimplemented the target does not have this part of AWS
Interrupted           Ctrl-C; the message says how much was done
"""

from __future__ import annotations

import contextlib
import enum
import functools
import random
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from stack import clock
from stack.failure import StackError

__all__ = [
    "CallFailed",
    "Conflict",
    "Interrupted",
    "NotKept",
    "StackError",
    "TopologyError",
    "Transient",
    "Unimplemented",
    "absent_is_done",
    "absent_is_none",
    "code",
    "explain",
    "is_unanswered",
    "read_again",
    "retry_on",
    "sentence",
    "transient",
    "wait_until",
]

A = ParamSpec("A")
T = TypeVar("T")
READ_AGAIN_SECONDS = 0.2
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Cognito answers the last one with status 400, others with 429.

Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
"""
_CONFLICT = re.compile(r"AlreadyExists|Conflict|InUse|Concurrent|OperationAborted|NotFound|NoSuch|NonExistent")


class TopologyError(StackError):
    """The declared topology is impossible."""


class NotKept(StackError):  # noqa: N818
    """The target accepted a property and reads back another value."""


class Conflict(StackError):  # noqa: N818
    """Another run wrote to the same resource at the same time."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the middle of an apply; the message names the changes that were done and those that were not."""


class CallFailed(StackError):  # noqa: N818
    """AWS refused a call."""


class Unimplemented(CallFailed):
    """The target does not have this part of AWS."""


def code(error: ClientError) -> str:
    """Return the error code, the only part of an error that decides; messages may change."""
    return str(error.response.get("Error", {}).get("Code", ""))


class Transient(enum.Enum):
    """The cause of a failure that may not come again. AWS may have carried out the write all the same.

    The value ends an error message.
    """

    NO_ANSWER = "no answer came, so the call may have been carried out"
    THROTTLED = "AWS throttled the call"
    CONFLICT = "another run, or another caller, changed the resource at the same time"


def transient(error: BaseException) -> Transient | None:
    """Return why a failure may not come again; None when the same call would fail again."""
    cause = error.__cause__ if isinstance(error, CallFailed) else error
    if isinstance(cause, Conflict):
        return Transient.CONFLICT
    if isinstance(cause, HTTPClientError | ResponseParserError):
        return Transient.NO_ANSWER
    if not isinstance(cause, ClientError):
        return None
    if is_unanswered(_status(cause)):
        return Transient.NO_ANSWER
    if _status(cause) == HTTPStatus.TOO_MANY_REQUESTS or code(cause) in _THROTTLED:
        return Transient.THROTTLED
    conflict = _status(cause) in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND} or _CONFLICT.search(code(cause))
    return Transient.CONFLICT if conflict else None


def is_unanswered(status: int) -> bool:
    """Return whether an answer with this HTTP status leaves open if the call was carried out."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED


def sentence(error: BaseException) -> str:
    """The message of a StackError, AWS's answer, or the type and text of an unexpected error."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} answered {code(error)}: {error.response.get('Error', {}).get('Message', '')}"
    return str(error) if isinstance(error, StackError) else f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def explain(attempt: str) -> Iterator[None]:
    """Turn an AWS error, or a network error, into a sentence that begins with the attempt (``Cannot read X``).

    Raises:
        CallFailed: in place of the error of botocore.
    """
    try:
        yield
    except ClientError as error:
        failure = Unimplemented if _status(error) == HTTPStatus.NOT_IMPLEMENTED else CallFailed
        raise failure(f"{attempt}: {sentence(error)}") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise CallFailed(f"{attempt}: {error}") from error


def absent_is_none(*codes: str) -> Callable[[Callable[A, T]], Callable[A, T | None]]:
    """Decorate a read: it returns None when AWS answers one of the ``codes``, which mean "does not exist"."""

    def decorate(read: Callable[A, T]) -> Callable[A, T | None]:
        @functools.wraps(read)
        def wrapper(*args: A.args, **kwargs: A.kwargs) -> T | None:
            try:
                return read(*args, **kwargs)
            except ClientError as error:
                if code(error) in codes:
                    return None
                raise

        return wrapper

    return decorate


@contextlib.contextmanager
def absent_is_done(*codes: str) -> Iterator[None]:
    """Ignore the named error codes of a deletion: the resource is already gone."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def retry_on(codes: frozenset[str], text: str, call: Callable[[], T], *, seconds: float = 30.0) -> T:
    """Call until AWS no longer answers one of ``codes`` with ``text`` in the message, for at most ``seconds``.

    For state that AWS makes visible eventually, such as a role that Lambda may not assume in its first seconds.
    """
    deadline, pause = clock.now() + seconds, 0.1
    while True:
        try:
            return call()
        except ClientError as error:
            message = error.response.get("Error", {}).get("Message", "")
            if code(error) not in codes or text not in message or clock.now() + pause > deadline:
                raise
        clock.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (jitter, not a secret)
        pause = min(pause * 2, 3.0)


def read_again(read: Callable[[], T], *, tries: int = 5) -> T:
    """Read, and repeat when a resource vanished between two calls of one read: another run is deleting it."""
    while True:
        try:
            return read()
        except ClientError as error:
            tries -= 1
            if not tries or transient(error) is not Transient.CONFLICT:
                raise
        clock.sleep(READ_AGAIN_SECONDS)


def wait_until(
    ready: Callable[[], T | None], condition: str, *, seconds: float = 120.0, first_pause: float = 0.02
) -> T:
    """Poll ``ready`` until it returns a true value. ``condition`` names it in the error: "table x to be active".

    ``first_pause`` is the time between the first two polls in seconds; the later ones are longer, up to 2 seconds.

    Raises:
        StackError: ``seconds`` passed before that.
    """
    deadline, pause = clock.now() + seconds, first_pause
    while not (answer := ready()):
        if clock.now() > deadline:
            raise StackError(f"waited {seconds:.0f} s for {condition}, in vain. Check it in AWS and apply again.")
        clock.sleep(pause)
        pause = min(pause * 1.2, 2.0)
    return answer


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
