"""The story of a request for people: its parts in order, and the cause of its failure in a sentence at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from stack.cli.log_lines import Line, failure, is_noise, line
from stack.logs.choosing import errors
from stack.logs.event import API, Event
from stack.logs.story import Part

_REFUSED = re.compile("[45][0-9][0-9]")
SERVER_ERROR = "5"


def story_lines(parts: Iterable[Part]) -> Iterator[Line]:
    """Every line of every part but the metrics, and Lambda's report of each invocation."""
    for part in parts:
        for each in part.events:
            if each.message.startswith("REPORT ") or not is_noise(each):
                yield line(each, in_full=True)


def cause(parts: Sequence[Part]) -> str | None:
    """The cause of a failure or refusal; None of a request that went well, or whose lines do not tell it."""
    gateway = [each for part in parts if part.source == API for each in part.events]
    events = [each for part in parts if part.source != API for each in part.events]
    candidates = (_logged(events), _of_lambda(gateway), _unhandled(events), _silent(gateway, parts), _refused(gateway))
    return next(filter(None, candidates), None)


def _logged(events: Iterable[Event]) -> str | None:
    """The failure that a function caught and logged."""
    found = next((each for each in events if each.fields.get("message") == "failed"), None)
    return f"{found.source}: {failure(found.fields)}" if found else None


def _of_lambda(gateway: Iterable[Event]) -> str | None:
    """Lambda's refusal to invoke the function."""
    for each in gateway:
        status = str(each.fields.get("integrationStatus", ""))
        if _REFUSED.fullmatch(status):
            why = "it throttled the function" if status == "429" else "see the role and the state of the function"
            return f"Lambda answered API Gateway with status {status}: {why}"
    return None


def _unhandled(events: Iterable[Event]) -> str | None:
    """The end of a function that did not catch its failure: the last line of a traceback, or Lambda's words."""
    found = [each for each in errors(events) if each.fields.get("message") not in {"request", "record"}]
    if not found:
        return None
    lines = [text for each in found[::-1] for text in each.message.splitlines()[::-1]]
    words = [text for text in lines if text and not text.startswith((" ", "Traceback "))]
    return f"{found[0].source}: {words[0]}" if words else None


def _silent(gateway: Iterable[Event], parts: Iterable[Part]) -> str | None:
    """The end of a function that could not even write a line."""
    if not any(str(each.fields.get("status", "")).startswith(SERVER_ERROR) for each in gateway):
        return None
    for part in parts:
        if part.source != API and all(is_noise(each) for each in part.events):
            return f"{part.source}: the function wrote no line of its own. It could not start, or was stopped"
    return None


def _refused(gateway: Iterable[Event]) -> str | None:
    """API Gateway's own refusal."""
    types = (str(each.fields.get("error", "-")) for each in gateway)
    return next((f"API Gateway refused the request: {each}" for each in types if each != "-"), None)
