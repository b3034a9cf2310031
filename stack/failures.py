"""What can go wrong, in sentences, and the three ways to look at an AWS error.

StackError            the sentence is the message: the command prints it and exits 1
├── TopologyError     the declared topology is impossible; nothing was called
├── NotKept           the target took a write and reads back something else
└── CallFailed        AWS refused; says what was attempted, on what, and what came back
    └── Unimplemented the target does not have this part of AWS
"""

from __future__ import annotations

import contextlib
import functools
import random
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from botocore.exceptions import ClientError

A = ParamSpec("A")
T = TypeVar("T")


class StackError(Exception):
    """A failure whose message is meant for the person at the terminal."""


class TopologyError(StackError):
    """The declared topology is impossible."""


class NotKept(StackError):  # noqa: N818
    """A target accepted a property and reads back another value."""


class CallFailed(StackError):  # noqa: N818
    """AWS refused a call."""


class Unimplemented(CallFailed):
    """A target answered that it does not have this part of AWS."""


def code(error: ClientError) -> str:
    """Return the error code, by which alone errors are told apart."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def explain(attempt: str) -> Iterator[None]:
    """Turn a ``ClientError`` into a sentence that begins with what was attempted."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {}).get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        failure = Unimplemented if status == HTTPStatus.NOT_IMPLEMENTED else CallFailed
        raise failure(f"{attempt}: {error.operation_name} answered {code(error)}: {said}") from error


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
        pause = min(pause * 1.5, 2.0)
    return answer
