"""Breaks the calls of a target's clients on purpose, within botocore, where a network would break them.

A fault hits a mutating call *before* it is sent, or *after* it was carried out, when its answer is lost. What
comes instead of the answer: nothing, since our process dies (a BaseException that unwinds the run, and no other
thread gets a call out any more); a closed connection; an internal error; or, only before, a refusal for being too fast.
"""

from __future__ import annotations

import enum
import hashlib
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from stack.target.target import Target, is_read

XML_SERVICES = frozenset({"iam", "s3", "sns", "sts"})


class Died(BaseException):
    """Our process ended at a call."""


class Fault(enum.Enum):
    """The fault in place of an answer."""

    DEATH = "death"
    CLOSED = "closed connection"
    INTERNAL = "internal error"
    THROTTLED = "throttled"


class When(enum.Enum):
    """Whether the call was carried out."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(slots=True)
class Faults:
    """Every mutating call of one target passes here; ``hits`` says whether the call, or its number, is to fail.

    ``choose`` picks another fault for each call. ``made`` counts the calls that arrived, ``failed`` those that did not
    end well, both by ``service.Operation``. With ``each_thread`` a death is that of a thread: every resource stops at
    a call of its own, as when they all were in flight when the process died.
    """

    fault: Fault = Fault.CLOSED
    when: When = When.BEFORE
    hits: Callable[[int, str], bool] = lambda _, __: False
    choose: Callable[[str], tuple[Fault, When]] | None = None
    made: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    each_thread: bool = False
    _everybody: SimpleNamespace = field(default_factory=SimpleNamespace)
    _this_thread: threading.local = field(default_factory=threading.local)
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: URLLib3Session = field(default_factory=lambda: URLLib3Session(max_pool_connections=32))

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        life = self._this_thread if self.each_thread else self._everybody
        if getattr(life, "ended", False):
            raise Died
        _hook, service, operation = event_name.split(".")
        if is_read(operation):
            return None
        call = f"{service}.{operation}"
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        identity = hashlib.sha256(f"{call} {request.url}".encode() + body).hexdigest()
        fault, when = self.choose(identity) if self.choose else (self.fault, self.when)
        with self._lock:
            self._calls += 1
            hit = self.hits(self._calls, identity)
            self.failed[call] += hit
            if hit and fault is Fault.DEATH and when is When.BEFORE:
                life.ended = True
        if not hit or when is When.AFTER:
            answer = self._http.send(request)
            assert answer.content is not None, "read to its end: it was carried out"
            self.made[call] += 1
            if not hit:
                return answer
        if fault is Fault.DEATH:
            life.ended = True
            raise Died
        if fault is Fault.CLOSED:
            raise ConnectionClosedError(endpoint_url=request.url)
        return refusal(request.url, service, throttled=fault is Fault.THROTTLED)


def each_once() -> Callable[[int, str], bool]:
    """Hit every distinct call the first time it is made."""
    seen: set[str] = set()

    def hits(_: int, call: str) -> bool:
        new = call not in seen
        seen.add(call)
        return new

    return hits


def refusal(url: str, service: str, *, throttled: bool) -> AWSResponse:
    """AWS's answer to too many calls, or to a failure inside AWS."""
    status, code = (429, "ThrottlingException") if throttled else (500, "InternalFailure")
    body = f'{{"__type": "{code}", "message": "on purpose"}}'
    if service in XML_SERVICES:
        error = f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>"
        body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
    headers = HeadersDict({"x-amzn-errortype": code})
    return AWSResponse(url, status, headers, Body(body.encode()))  # type: ignore[arg-type]  # as botocore itself


class Body(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def injected(target: Target, faults: Faults) -> Iterator[Faults]:
    """Let ``faults`` hit the calls of every client of ``target`` that is made from now on."""
    hook: Any = faults.before_send
    target.session.events.register_first("before-send.*", hook)
    try:
        yield faults
    finally:
        target.session.events.unregister("before-send.*", hook)
