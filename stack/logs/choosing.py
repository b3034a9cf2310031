"""Choose events: failures, or those of some routes.

Each choice is a pattern of the message as well, so that CloudWatch Logs Insights can leave out most of the others.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator

from handlers.contract.names import STAGE
from handlers.contract.routes import ROUTES, Route
from stack.errors import StackError
from stack.logs.event import API, Event

TRACEBACK = "Traceback (most recent call last):"
_OF_DOCUMENT = r'"(?:level": ?"(?:ERROR|CRITICAL)"|status": ?"?5[0-9][0-9]\b|integrationStatus": ?"[45][0-9][0-9]")'
_OF_TEXT = (
    r"^\[ERROR\]|^Traceback \(most recent|Task timed out|Worker process died|Runtime exited|Status: (?:error|timeout)"
)
ERRORS = f"{_OF_DOCUMENT}|{_OF_TEXT}"
"""A failure: a line that says so, an answer with status 5xx, an invocation that Lambda refused, or Lambda's words for
one that did not end.

Lambda's words: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""


def errors(events: Iterable[Event]) -> Iterator[Event]:
    """The failures, a traceback with all of its lines: one target makes an event of each line."""
    in_document, in_text = re.compile(_OF_DOCUMENT), re.compile(_OF_TEXT)
    in_traceback = set[tuple[str, str]]()
    for each in events:
        stream = (each.source, each.stream)
        if stream in in_traceback:
            if not each.message.startswith(" "):  # the type of the exception ends it
                in_traceback.discard(stream)
            yield each
        elif (in_document if each.fields else in_text).search(each.message):
            if each.message.rstrip() == TRACEBACK:
                in_traceback.add(stream)
            yield each


def of_routes(routes: Iterable[Route]) -> Callable[[Iterable[Event]], Iterator[Event]]:
    """A choice of the events of these routes: the gateway's by method and path, the functions' by operation."""
    keys = {(each.method, each.path) for each in routes}
    operations = {each.operation for each in routes}

    def choose(events: Iterable[Event]) -> Iterator[Event]:
        for each in events:
            fields = each.fields
            if each.source == API:
                if (fields.get("method"), fields.get("route")) in keys:
                    yield each
            elif fields.get("operation") in operations and "_aws" not in fields:
                yield each

    return choose


def routes_pattern(routes: Iterable[Route]) -> str:
    """A pattern that the messages of these routes match, and some others."""
    return "|".join(f'"{re.escape(each)}"' for route in routes for each in (route.path, route.operation))


def routes_named(text: str) -> tuple[Route, ...]:
    """The routes that somebody means by an operation, by a path, or by a method and a path.

    A path may have the stage before it, and ids in place of its parameters.

    Raises:
        StackError: there is no such route; it names the most similar.
    """
    method, _, path = text.strip().rpartition(" ")
    path = path.partition("?")[0].removeprefix(f"/{STAGE}/").strip("/")
    found = tuple(
        each
        for each in ROUTES
        if each.operation == text.strip() or (_matches(each.path, path) and method.strip().upper() in {"", each.method})
    )
    if not found:
        known = [*(f"{each.method} {each.path}" for each in ROUTES), *(each.operation for each in ROUTES)]
        nearest = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
        hint = f"Did you mean {nearest[0]!r}?" if nearest else "`docs/api.md` has the routes."
        raise StackError(f"Cannot read the logs of the route {text!r}: the API has no such route. {hint}")
    return found


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template.strip("/")))
    return re.fullmatch(pattern, path) is not None
