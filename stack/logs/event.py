"""One event of a log group, as CloudWatch gives it. Messages of functions and of API Gateway are JSON documents."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

API = "api"
"""The source of the gateway's access log; every other source is the key of a function."""
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """``at`` is in milliseconds since 1970; ``fields`` are empty where the message is not a JSON object."""

    at: int
    source: str
    stream: str
    message: str
    fields: Mapping[str, Any]

    @property
    def time(self) -> str:
        """The time in RFC 3339, UTC."""
        return rfc3339(self.at)

    @property
    def document(self) -> dict[str, Any]:
        """The event as JSON for programs."""
        return {"time": self.time, "source": self.source, "stream": self.stream, "message": self.fields or self.message}

    @property
    def request_id(self) -> str | None:
        """API Gateway's id of the request that the event belongs to, where the event has it."""
        return text_of(self.fields.get("requestId" if self.source == API else "correlation_id"))

    @property
    def invocation(self) -> str | None:
        """Lambda's id of the invocation that the event belongs to, where the event has it."""
        if self.fields:
            return text_of(self.fields.get("functionRequestId" if self.source == API else "function_request_id"))
        _, found, rest = self.message.partition("RequestId: ")
        return rest.split(maxsplit=1)[0] if found and rest.strip() else None


def event(at: int, source: str, stream: str, message: str) -> Event:
    """An event with its fields."""
    return Event(at, source, stream, message.rstrip(), _fields(message))


def rfc3339(milliseconds: int) -> str:
    """A time in RFC 3339, UTC, to the millisecond."""
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(value: object) -> str | None:
    """A field of a document, if it is a text that says something: API Gateway writes ``-`` for nothing."""
    return value if isinstance(value, str) and value not in {"", "-"} else None


def _fields(message: str) -> Mapping[str, Any]:
    if message.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(message)
            if isinstance(found, dict):
                return found
    return NOTHING
