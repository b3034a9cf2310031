"""The whole story of one request: the gateway's line, then each invocation with all of its lines.

The id of a problem is API Gateway's, and most lines have it. Lambda's own lines have only the id of the invocation. So
has everything that a function wrote before it was stopped; the gateway's line and the functions' lines join both ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from handlers.contract.routes import ROUTES
from stack.logs.event import API, Event
from stack.logs.reading import Groups

AROUND_MILLISECONDS = 90_000
"""Before and after a line of an invocation; the longest timeout of a function is 60 seconds."""
MOST_LINES, MOST_INVOCATIONS = 1_000, 50
"""A client may send the same id with each request, and a message may be delivered many times."""
Find = Callable[[str], Iterator[Event]]
"""Finds the events that have a text."""


@dataclass(frozen=True, slots=True)
class Part:
    """The gateway's line, or one invocation: its events in their order, and its begin in milliseconds since 1970."""

    source: str
    began: int
    events: tuple[Event, ...]


@dataclass(frozen=True, order=True, slots=True)
class Invocation:
    """Where the lines of an invocation are."""

    source: str
    stream: str
    id: str


def story(groups: Groups, request_id: str, find: Find) -> tuple[Part, ...]:
    """The parts of a request, in the order of time behind the gateway's; none for an unknown id.

    The id of an invocation leads to its request.

    Raises:
        CallFailed
    """
    lines = _lines(request_id, find)
    if request_id not in (requests := {each.request_id for each in lines} - {None}) and requests:
        lines = _lines(str(requests.pop()), find)
    gateway = [_part([each]) for each in lines if each.source == API]
    places = {each for line in lines for each in _places(groups, line)}
    invocations = [_invocation(groups, place, lines) for place in sorted(places)[:MOST_INVOCATIONS]]
    return (*sorted(gateway, key=_began), *sorted(filter(None, invocations), key=_began))


def _lines(wanted: str, find: Find) -> list[Event]:
    """The events that belong to a request or an invocation, and do not merely have its id in a text."""
    return list(islice((each for each in find(wanted) if wanted in {each.request_id, each.invocation}), MOST_LINES))


def _places(groups: Groups, line: Event) -> Iterable[Invocation]:
    """The place of a function's line; behind the gateway's line, that of the invocation that it names."""
    if line.invocation is None:
        return
    if line.source != API:
        yield Invocation(line.source, line.stream, line.invocation)
        return
    function = _function(line.fields)
    if function in groups.names:
        around = line.at - AROUND_MILLISECONDS, line.at + AROUND_MILLISECONDS
        for each in groups.group(function, *around, text=line.invocation):
            yield Invocation(function, each.stream, line.invocation)


def _invocation(groups: Groups, place: Invocation, lines: Iterable[Event]) -> Part | None:
    """Everything between the first and the last line with the id of the invocation: a stream has one at a time."""
    known = [each.at for each in lines if each.invocation == place.id]
    around = min(known) - AROUND_MILLISECONDS, max(known) + AROUND_MILLISECONDS
    marks = [each.at for each in groups.group(place.source, *around, text=place.id, streams=[place.stream])]
    if not marks:
        return None
    within = list(groups.group(place.source, min(marks), max(marks), streams=[place.stream]))
    own = [index for index, each in enumerate(within) if each.invocation == place.id]
    return _part(within[own[0] : own[-1] + 1])


def _part(events: list[Event]) -> Part:
    return Part(events[0].source, min(map(_began_at, events)), tuple(events))


def _began(part: Part) -> int:
    return part.began


def _began_at(line: Event) -> int:
    """The begin of the work that a line reports; one local target dates all lines of an invocation from its end."""
    epoch, latency = line.fields.get("timeEpoch", ""), line.fields.get("latency", line.fields.get("latency_ms", 0))
    if str(epoch).isdecimal():
        return int(epoch)
    try:
        return line.at - round(float(latency))
    except (TypeError, ValueError):
        return line.at


def _function(fields: Mapping[str, object]) -> str:
    """The function behind the route of a gateway's line."""
    at = (fields.get("method"), fields.get("route"))
    return next((each.function for each in ROUTES if (each.method, each.path) == at), "")
