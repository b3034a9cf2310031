"""What can go wrong, in sentences, and the ways to look at an AWS error.

StackError            the sentence is the message: the command prints it and exits 1 (defined in ``stack.failure``)
├── EmulatorError     the emulator cannot be started, read or stopped (defined in ``stack.local.failure``)
├── TopologyError     the declared topology is impossible; nothing was called
├── NotKept           the target took a write and reads back something else
├── Overtaken         another run got in between; look again
└── CallFailed        AWS refused; says what was attempted, on what, and what came back
    └── Unimplemented the target does not have this part of AWS
Interrupted           Ctrl-C; the message says how far it came
"""

from __future__ import annotations

import contextlib
import enum
import functools
import random
import re
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from stack.failure import StackError

__all__ = [
    "CallFailed",
    "Doubt",
    "Interrupted",
    "NotKept",
    "Overtaken",
    "StackError",
    "TopologyError",
    "Unimplemented",
    "absent_is_done",
    "absent_is_none",
    "code",
    "doubt",
    "explain",
    "is_lost",
    "read_again",
    "retry_on",
    "sentence",
    "wait_until",
]

A = ParamSpec("A")
T = TypeVar("T")
READ_AGAIN_PAUSE = 0.2
_BUSY = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException"})
_OVERTAKEN = re.compile(r"AlreadyExists|Conflict|InUse|Concurrent|OperationAborted|NotFound|NoSuch|NonExistent")


class TopologyError(StackError):
    """The declared topology is impossible."""


class NotKept(StackError):  # noqa: N818
    """A target accepted a property and reads back another value."""


class Overtaken(StackError):  # noqa: N818
    """Another run wrote to the same resource meanwhile."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the middle of an apply; the message says what was done and what was not."""


class CallFailed(StackError):  # noqa: N818
    """AWS refused a call."""


class Unimplemented(CallFailed):
    """A target answered that it does not have this part of AWS."""


def code(error: ClientError) -> str:
    """Return the error code, by which alone errors are told apart."""
    return str(error.response.get("Error", {}).get("Code", ""))


class Doubt(enum.Enum):
    """Why a failure may be gone at the next look, and its write done all the same. The value ends a sentence."""

    LOST = "whether it was done is not known: no answer came"
    BUSY = "too many calls at once"
    OVERTAKEN = "something else, such as another run, was changing it at the same time"


def doubt(error: BaseException) -> Doubt | None:
    """Tell whether to look again after ``error``, and why; None when it would only come again."""
    cause = error.__cause__ if isinstance(error, CallFailed) else error
    if isinstance(cause, Overtaken):
        return Doubt.OVERTAKEN
    if isinstance(cause, HTTPClientError | ResponseParserError):
        return Doubt.LOST
    if not isinstance(cause, ClientError):
        return None
    if is_lost(_status(cause)):
        return Doubt.LOST
    if _status(cause) == HTTPStatus.TOO_MANY_REQUESTS or code(cause) in _BUSY:
        return Doubt.BUSY
    overtaken = _status(cause) in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND} or _OVERTAKEN.search(code(cause))
    return Doubt.OVERTAKEN if overtaken else None


def is_lost(status: int) -> bool:
    """Whether an answer of this HTTP status leaves open if the call was carried out."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED


def sentence(error: BaseException) -> str:
    """The message of one of ours, or what AWS answered; the type as well for any other, which nobody foresaw."""
    if isinstance(error, ClientError):
        return f"{error.operation_name} answered {code(error)}: {error.response.get('Error', {}).get('Message', '')}"
    return str(error) if isinstance(error, StackError) else f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def explain(attempt: str) -> Iterator[None]:
    """Turn an error of AWS, or of the way to it, into a sentence that begins with what was attempted."""
    try:
        yield
    except ClientError as error:
        failure = Unimplemented if _status(error) == HTTPStatus.NOT_IMPLEMENTED else CallFailed
        raise failure(f"{attempt}: {sentence(error)}") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise CallFailed(f"{attempt}: {error}") from error


def absent_is_none(*codes: str) -> Callable[[Callable[A, T]], Callable[A, T | None]]:
    """Decorate a read so that the named error codes mean "it does not exist"."""

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
    """Let the named error codes of a delete pass: what is not there needs no deleting."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise


def retry_on(codes: frozenset[str], text: str, call: Callable[[], T], *, seconds: float = 30.0) -> T:
    """Call until it no longer fails with one of ``codes`` and ``text`` in its message, for a bounded time.

    For what AWS makes eventually true, such as a role that Lambda may not assume in its first seconds.
    """
    deadline, pause = time.monotonic() + seconds, 0.1
    while True:
        try:
            return call()
        except ClientError as error:
            message = error.response.get("Error", {}).get("Message", "")
            if code(error) not in codes or text not in message or time.monotonic() + pause > deadline:
                raise
        time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (jitter, not a secret)
        pause = min(pause * 2, 3.0)


def read_again(read: Callable[[], T], *, tries: int = 5) -> T:
    """Read, and anew when what one call found was gone at the next: another run is deleting it, and soon has."""
    while True:
        try:
            return read()
        except ClientError as error:
            tries -= 1
            if not tries or doubt(error) is not Doubt.OVERTAKEN:
                raise
        time.sleep(READ_AGAIN_PAUSE)


def wait_until(ready: Callable[[], T | None], what: str, *, seconds: float = 120.0) -> T:
    """Poll ``ready`` until it answers something true.

    Raises:
        StackError: it did not within ``seconds``.
    """
    deadline, pause = time.monotonic() + seconds, 0.02
    while not (answer := ready()):
        if time.monotonic() > deadline:
            raise StackError(f"waited {seconds:.0f} s for {what}, which did not happen; look at it and apply again")
        time.sleep(pause)
        pause = min(pause * 1.2, 2.0)
    return answer


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
