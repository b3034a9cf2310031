"""CloudWatch Logs in memory, as far as a reader asks it; and lines as API Gateway, Lambda and our functions write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stack.logs.event import Event, event
from stack.logs.reading import Groups

REQUEST, RUN = "421a747d-0fed-471b-934b-03c48e20c659", "99388af4-3dc8-4f65-b019-cb022d3343a4"
BEGAN = 1_795_893_993_000
"""Milliseconds: 2026-11-28T19:26:33Z."""


@dataclass
class Logs:
    """``cut``: an answer ends after so many events, without a token. ``page``: it has a token after so many."""

    cut: int = 10_000
    page: int = 10_000
    events: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def put(self, group: str, at: int, message: str, stream: str = "one") -> None:
        self.events.setdefault(group, []).append((at, stream, message))

    def get_paginator(self, operation: str) -> Logs:
        assert operation == "filter_log_events"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.calls.append(request)
        streams, text = request.get("logStreamNames"), request.get("filterPattern", '""')[1:-1]
        end = request.get("endTime", float("inf"))
        found = [
            {"timestamp": at, "logStreamName": stream, "message": message}
            for at, stream, message in sorted(self.events.get(request["logGroupName"], ()), key=lambda each: each[0])
            if request["startTime"] <= at <= end and text in message and (not streams or stream in streams)
        ][: self.cut]
        for first in range(0, len(found) or 1, self.page):
            yield {"events": found[first : first + self.page]}

    def groups(self, *sources: str) -> Groups:
        """Groups named as their sources."""
        return Groups(self, {each: each for each in sources or self.events})  # type: ignore[arg-type]


def access(status: int = 200, **fields: object) -> str:
    """A line of the access log."""
    line = {
        "requestId": REQUEST,
        "timeEpoch": BEGAN,
        "method": "GET",
        "route": "/reports/months/{month}",
        "status": status,
        "latency": 152,
        "integrationStatus": 200,
        "functionRequestId": RUN,
        "error": "-",
        **fields,
    }
    return json.dumps({name: str(value) for name, value in line.items()}, separators=(",", ":"))


def ours(message: str = "request", level: str = "INFO", **fields: object) -> str:
    """A line that one of our functions writes."""
    ids = {"correlation_id": REQUEST, "function_request_id": RUN}
    return json.dumps({"level": level, "message": message, "service": "reports", **ids, **fields})


def frame(*within: str, run: str = RUN) -> list[str]:
    """The lines of one invocation."""
    report = f"REPORT RequestId: {run}\tDuration: 154 ms\tBilled Duration: 154 ms\tMemory Size: 256 MB"
    return [f"START RequestId: {run} Version: 1", *within, f"END RequestId: {run}", report]


def told(message: str, source: str = "reports", at: int = BEGAN, stream: str = "one") -> Event:
    """One event."""
    return event(at, source, stream, message)


FAILED = ours(
    "failed",
    "ERROR",
    operation="get_month",
    error="ClientError",
    aws_code="AccessDeniedException",
    frames=[
        "/var/task/handlers/runtime/app.py:93 _safely",
        "/var/task/handlers/store/account/closing.py:30 is_closed",
        "/var/lang/lib/python3.13/site-packages/botocore/client.py:606 _api_call",
    ],
    causes=[],
)
