"""The verb ``logs``: the events of all log groups in the order of time, new ones as they come, or one request's."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from stack.cli.codes import INTERRUPTED, OK
from stack.cli.context import Context
from stack.cli.log_lines import is_noise, line
from stack.cli.log_story import cause, story_lines
from stack.cli.printing import say
from stack.cli.screen import log_printer
from stack.errors import StackError
from stack.logs import choosing, insights
from stack.logs.event import API, Event, rfc3339
from stack.logs.following import follow
from stack.logs.reading import Groups
from stack.logs.story import Part, story

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
"""The span without ``--since``: of a list, and of one request."""
LOCAL_SECONDS, AWS_SECONDS = 1.0, 3.0
"""Between two reads of new events. AWS allows few reads a second, and each group is one."""
Choice = Callable[[Iterable[Event]], Iterator[Event]]


def logs(context: Context) -> int:
    """Print the events of a time, the oldest first; with ``--follow`` also new ones, until Ctrl-C."""
    try:
        return _request(context) if context.options.request else _list(context)
    except KeyboardInterrupt:
        return INTERRUPTED


def _list(context: Context) -> int:
    options = context.options
    routes = choosing.routes_named(options.route) if options.route else ()
    choices: list[Choice] = [choosing.errors] if options.errors else []
    choices += [choosing.of_routes(routes)] if routes else []
    groups, since = _groups(context, options.functions), _since(context, HOUR)
    events = _events(context, groups, since, _pattern(context))
    for choose in choices:
        events = choose(events)
    if not _printed(context, events, groups):
        where = f"{', '.join(groups.names)} since {rfc3339(since)}"
        say(f"No event{_which(context)} in the logs of {where}. Pass a longer --since.")
    return OK


def _request(context: Context) -> int:
    options = context.options
    if options.follow or options.functions or options.errors or options.route:
        raise StackError(
            "Cannot combine --request with --follow, --errors, --route or a FUNCTION: it prints every line of one "
            "request. Leave them out."
        )
    groups, since = _groups(context, ()), _since(context, DAY)
    wanted = str(options.request)
    parts = story(groups, wanted, lambda text: _found(context, groups, since, text))
    if not parts:
        raise StackError(
            f"Cannot find the request {wanted}: no line since {rfc3339(since)} has this id. It is the `instance` of a "
            "problem and the header X-Amzn-RequestId of an answer; pass a longer --since for an older one."
        )
    _tell(context, groups, parts)
    return OK


def _groups(context: Context, wanted: Iterable[str]) -> Groups:
    """The log groups of the wanted functions; by default all, the gateway's first."""
    known: Mapping[str, str] = context.document("log_groups")["log_groups"]
    for name in wanted:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {nearest[0]}?" if nearest else f"Choose one of {', '.join(known)}."
            raise StackError(f"Cannot read the logs of {name}: the stack has no function of that name. {hint}")
    chosen = tuple(dict.fromkeys(wanted)) or sorted(known, key=lambda name: (name != API, name))
    return Groups(context.target.client("logs"), {name: known[name] for name in chosen})


def _since(context: Context, span: dt.timedelta) -> int:
    moment = context.options.since or dt.datetime.now(dt.UTC) - span
    return round(moment.timestamp() * 1000)


def _events(context: Context, groups: Groups, since: int, pattern: str) -> Iterator[Event]:
    """All events, or on AWS those that match a pattern."""
    on_aws = not context.target.is_emulator
    if context.options.follow:
        seconds = AWS_SECONDS if on_aws else LOCAL_SECONDS
        return follow(groups, since, pause=functools.partial(time.sleep, seconds))
    if pattern and on_aws:
        return insights.query(groups, pattern, since, _now(), say=say)
    return groups.read(since)


def _found(context: Context, groups: Groups, since: int, text: str) -> Iterator[Event]:
    """The events with a text. Insights finds it among many events, and one local target knows no query."""
    if context.target.is_emulator:
        return groups.read(since, text=text)
    return insights.query(groups, text, since, _now(), say=say)


def _pattern(context: Context) -> str:
    """The pattern that the chosen events match, for Insights; empty where all are wanted."""
    if context.options.errors:
        return choosing.ERRORS
    return choosing.routes_pattern(choosing.routes_named(context.options.route)) if context.options.route else ""


def _which(context: Context) -> str:
    failure = " that tells of a failure" if context.options.errors else ""
    return f"{failure} of the route {context.options.route!r}" if context.options.route else failure


def _printed(context: Context, events: Iterable[Event], groups: Groups) -> int:
    """Print events as they come; the number of them."""
    show, count = log_printer(groups.names), 0
    for each in events:
        if context.options.json:
            print(json.dumps(each.document), flush=context.options.follow)
        elif is_noise(each):
            continue
        else:
            show(line(each))
        count += 1
    return count


def _tell(context: Context, groups: Groups, parts: tuple[Part, ...]) -> None:
    """Print one request; at its end, for people, the cause of its failure."""
    if context.options.json:
        for part in parts:
            for each in part.events:
                print(json.dumps(each.document))
        return
    show = log_printer(groups.names)
    for shown in story_lines(parts):
        show(shown)
    if why := cause(parts):
        print(f"\nCause: {why}.")


def _now() -> int:
    return round(time.time() * 1000)
