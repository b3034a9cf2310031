"""Log events as lines for people: time, source and a summary in columns; below it what belongs to the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stack.logs.event import API, Event

GOOD, ODD, BAD, FAINT, PLAIN = "green", "yellow", "bold red", "dim", ""
"""Styles of rich."""
_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: (?P<ms>[\d.]+) ms\s+(?P<rest>.*)", re.DOTALL)
_LAMBDA = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_KNOWN = {
    *("level", "location", "message", "timestamp", "service", "correlation_id", "function_request_id"),
    *("xray_trace_id", "cold_start", "function_name", "function_memory_size", "function_arn"),
}
"""Fields that every line of a function has, or that its columns show."""


@dataclass(frozen=True, slots=True)
class Line:
    """An event as people read it; ``more`` are the lines below it."""

    time: str
    source: str
    text: str
    style: str
    more: tuple[str, ...] = ()


def is_noise(event: Event) -> bool:
    """Whether an event says nothing to people: Lambda's frame of an invocation, a document of metrics, nothing."""
    if event.message.startswith(_LAMBDA):
        return "Status:" not in event.message
    return "_aws" in event.fields or not event.message.strip()


def line(event: Event, *, in_full: bool = False) -> Line:
    """An event as a line; ``in_full`` with the calls of AWS and the places of a failure below it."""
    try:
        text, style = _summary(event, in_full=in_full)
        more = tuple(map(_visible, _more(event.fields))) if in_full else ()
    except (AttributeError, KeyError, TypeError):  # a document of somebody else, with fields of our names
        text, style, more = event.message, PLAIN, ()
    first, *rest = text.splitlines() or [""]
    return Line(event.time, event.source, _visible(first), style, (*map(_visible, rest), *more))


def plain(shown: Line, width: int) -> str:
    """A line without colour; ``width`` is that of the longest source."""
    indent = " " * (len(shown.time) + width + 4)
    return "\n".join([f"{shown.time}  {shown.source:<{width}}  {shown.text}", *(indent + each for each in shown.more)])


def _summary(event: Event, *, in_full: bool) -> tuple[str, str]:
    """The text of an event, and its style."""
    if event.source == API and "status" in event.fields:
        return _answer(event)
    if shape := _SHAPES.get(str(event.fields.get("message"))):
        return shape(event)
    if event.fields:
        return _document(event)
    if in_full and (report := _REPORT.match(event.message)):
        return _columns("REPORT", report["ms"], " ".join(report["rest"].split()), event.invocation), FAINT
    return event.message, FAINT if event.message.startswith(_LAMBDA) else PLAIN


def _answer(event: Event) -> tuple[str, str]:
    fields = event.fields
    told = _columns(fields["status"], fields.get("latency"), *_gateway(fields), event.request_id)
    return told, _of_status(fields["status"])


def _operation(event: Event) -> tuple[str, str]:
    fields = event.fields
    told = _columns(fields.get("status"), fields.get("latency_ms"), fields.get("operation"), event.request_id)
    return told, _of_status(fields.get("status"))


def _record(event: Event) -> tuple[str, str]:
    outcome = event.fields.get("outcome")
    told = _columns(outcome, event.fields.get("latency_ms"), "record", event.request_id)
    return told, BAD if outcome == "failed" else GOOD


def _failed(event: Event) -> tuple[str, str]:
    return f"{'ERROR':<8}  {failure(event.fields)}  {event.request_id or ''}".rstrip(), BAD


_SHAPES: Mapping[str, Callable[[Event], tuple[str, str]]] = {
    "request": _operation,
    "record": _record,
    "failed": _failed,
}
"""The lines that our functions write, by their message."""


def _columns(first: object, milliseconds: object, *rest: object) -> str:
    duration = f"{milliseconds} ms" if milliseconds is not None else ""
    return f"{first!s:<8}  {duration:>10}  {'  '.join(str(each) for each in rest if each)}".rstrip()


def _gateway(fields: Mapping[str, Any]) -> Iterator[str]:
    yield f"{fields.get('method', '-')} {fields.get('route', '-')}"
    if fields.get("error", "-") != "-":
        yield str(fields["error"])
    if str(fields.get("integrationStatus", "-")) not in {"-", "200"}:
        yield f"Lambda answered {fields['integrationStatus']}"


def failure(fields: Mapping[str, Any]) -> str:
    """The type of an exception, the code of AWS, the place in our code, and the first cause."""
    told = " ".join(str(each) for each in (fields.get("error"), fields.get("aws_code")) if each)
    frames = [_short(str(each)) for each in fields.get("frames") or []]
    ours = [each for each in frames if each.startswith("handlers/")] or frames
    place = f" at {ours[-1]}" if ours else ""
    operation = f" in {fields['operation']}" if fields.get("operation") else ""
    causes = fields.get("causes") or []
    root = f", caused by {failure(causes[-1])}" if causes else ""
    return f"{told}{place}{operation}{root}"


def _more(fields: Mapping[str, Any]) -> Iterator[str]:
    """The calls of AWS of a line, and every frame of a failure."""
    for call in fields.get("aws_calls") or []:
        retries = f"{call['retries']} retries" if call.get("retries") else None
        yield _columns("", call.get("ms"), call.get("op"), call.get("error"), retries)
    if rest := fields.get("aws_calls_more"):
        yield _columns("", rest.get("ms"), f"{rest.get('count')} further calls")
    for each in ([fields, *(fields.get("causes") or [])]) if fields.get("message") == "failed" else ():
        yield " ".join(str(word) for word in (each.get("error"), each.get("aws_code")) if word)
        yield from (f"  {_short(str(frame))}" for frame in each.get("frames") or [])


def _document(event: Event) -> tuple[str, str]:
    """Another JSON document: level, message, and the other fields as they are."""
    fields = event.fields
    rest = (f"{name}={value}" for name, value in fields.items() if name not in _KNOWN)
    told = (str(fields.get("level", "")).ljust(8), str(fields.get("message", "")), *rest, event.request_id or "")
    return "  ".join(each for each in told if each), BAD if fields.get("level") in {"ERROR", "CRITICAL"} else PLAIN


def _of_status(status: object) -> str:
    return {"2": GOOD, "3": GOOD, "4": ODD, "5": BAD}.get(str(status)[:1], PLAIN)


def _short(frame: str) -> str:
    """A frame without the folders above our packages or the installed ones."""
    for mark in ("/handlers/", "/site-packages/", "/python/"):
        before, found, rest = frame.rpartition(mark)
        if found and before:
            return f"handlers/{rest}" if mark == "/handlers/" else rest
    return frame


def _visible(text: str) -> str:
    """The text without characters that would move the cursor, colour the terminal, or reorder the line."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
