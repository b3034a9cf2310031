"""The calls of AWS that a function makes while it handles one event, each with its time, for the line of the event.

A call is an operation, milliseconds with all retries, and the code of its error: no parameter and no answer. The hooks
cost 11 µs a call (measured), which is why there is no tracer.
"""

from __future__ import annotations

import time
from typing import Any

MAX_CALLS = 20
"""Calls that a line tells one by one. The eraser may make thousands; of the rest the line has count and time."""


class Calls:
    """The calls since ``begin``."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the calls of the event before."""
        self._told: list[dict[str, Any]] = []
        self._more, self._more_ms = 0, 0.0

    def fields(self) -> dict[str, Any]:
        """The fields of a log line, of which there are none without calls."""
        fields: dict[str, Any] = {"aws_calls": self._told} if self._told else {}
        if self._more:
            fields["aws_calls_more"] = {"count": self._more, "ms": round(self._more_ms, 1)}
        return fields

    def watch(self, client: Any) -> Any:
        """The client of botocore, whose calls are noted from now on."""
        events = client.meta.events
        events.register("before-call", self._begin)
        events.register("after-call", self._end)
        events.register("after-call-error", self._end)
        return client

    def _begin(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        context["noted"] = f"{model.service_model.service_name}.{model.name}", time.perf_counter()

    def _end(
        self, context: dict[str, Any], parsed: Any = None, exception: BaseException | None = None, **_: Any
    ) -> None:
        operation, start = context["noted"]
        milliseconds = round((time.perf_counter() - start) * 1000, 1)
        if len(self._told) == MAX_CALLS:
            self._more, self._more_ms = self._more + 1, self._more_ms + milliseconds
            return
        call = {"op": operation, "ms": milliseconds}
        answer = parsed or {}
        if error := type(exception).__name__ if exception else answer.get("Error", {}).get("Code"):
            call["error"] = error
        if retries := answer.get("ResponseMetadata", {}).get("RetryAttempts"):
            call["retries"] = retries
        self._told.append(call)


CALLS = Calls()
"""Of this process: Lambda gives it one event at a time."""
