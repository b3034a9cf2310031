"""One chart as SVG. A line breaks where a period has no data; a lone value is a dot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape

from stack.dashboard.body import Chart, Line
from stack.dashboard.scale import moment, short, ticks, times
from stack.dashboard.theme import LIGHT, MEANINGS
from stack.dashboard.values import Points, Values

LEFT, RIGHT, TOP, ROW, FOOT = 46, 16, 44, 17, 26
"""Pixels around the plot, and of one row of the legend."""
LETTER = 6.3
"""The width of a letter of the legend in pixels, on average and rounded up."""


@dataclass(frozen=True, slots=True)
class Box:
    """The plot within a chart, in pixels, and the values at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    start: datetime
    end: datetime
    most: float

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * share

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.most


def draw(chart: Chart, values: Values, width: float, height: float) -> str:
    """The elements of a chart, from the origin on, in classes of the theme."""
    points, period = values.points[chart], values.periods[chart]
    legend, rows = _legend(chart, points, width, height)
    highest = max([value for of in points for _, value in of], default=0.0)
    shown = [limit for limit in chart.limits if limit <= 3 * max(highest, 1e-9)]
    whole = all(value == int(value) for of in points for _, value in of)
    marks = ticks(max([highest, *shown]) or 1, whole=whole)
    bottom = height - FOOT - ROW * rows
    box = Box(LEFT, TOP, width - RIGHT, bottom, values.start, values.end, marks[-1])
    parts = [
        f'<rect class="card" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
        f'<text class="title" x="16" y="25" font-size="13">{escape(chart.title)}</text>',
        _note(width - RIGHT, 25, escape(chart.unit)),
        *_axes(box, marks),
        *(_limit(box, limit) for limit in shown),
        *(part for at, of in enumerate(points) for part in _line(box, of, period, _color(chart.lines[at], at))),
    ]
    if not any(points):
        middle = f'x="{(box.left + box.right) / 2:g}" y="{(box.top + box.bottom) / 2:g}"'
        parts.append(f'<text class="faint" {middle} font-size="12" text-anchor="middle">no data yet</text>')
    return "".join([*parts, *legend])


def _axes(box: Box, marks: list[float]) -> Iterator[str]:
    for mark in marks:
        y = box.y(mark)
        yield f'<line class="grid" x1="{box.left:g}" x2="{box.right:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _note(box.left - 8, y + 4, short(mark))
    for at in times(box.start, box.end):
        text = moment(at, box.end - box.start)
        if box.left + 12 <= box.x(at) <= box.right - 12:
            yield _note(box.x(at), box.bottom + 16, text, "middle")
    yield f'<line class="axis" x1="{box.left:g}" x2="{box.right:g}" y1="{box.bottom:g}" y2="{box.bottom:g}"/>'


def _note(x: float, y: float, text: str, anchor: str = "end") -> str:
    return f'<text class="faint" x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="{anchor}">{text}</text>'


def _limit(box: Box, limit: float) -> str:
    y = box.y(limit)
    label = y - 5 if y > box.top + 10 else y + 14
    return (
        f'<line class="limit" x1="{box.left:g}" x2="{box.right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke-dasharray="5 4"/>'
        f'<text class="fbad" x="{box.right:g}" y="{label:.1f}" font-size="11" text-anchor="end">alarm</text>'
    )


def _line(box: Box, points: Points, period: int, color: str) -> Iterator[str]:
    """The runs of values that follow each other, each value with its text for a mouse and a screen reader."""
    for run in runs(points, period):
        path = " ".join(f"{box.x(at):.1f},{box.y(value):.1f}" for at, value in run)
        yield f'<polyline class="s{color}" fill="none" stroke-width="1.8" stroke-linejoin="round" points="{path}"/>'
        if len(run) == 1:
            yield f'<circle class="f{color}" cx="{box.x(run[0][0]):.1f}" cy="{box.y(run[0][1]):.1f}" r="2.4"/>'
    for at, value in points:
        yield (
            f'<circle cx="{box.x(at):.1f}" cy="{box.y(value):.1f}" r="5" fill-opacity="0" data-value="{value!r}">'
            f"<title>{at:%H:%M} · {value:g}</title></circle>"
        )


def runs(points: Points, period: int) -> list[Points]:
    """The points in runs without a gap: a period without data lies between two runs."""
    found: list[list[tuple[datetime, float]]] = []
    for point in points:
        if found and (point[0] - found[-1][-1][0]).total_seconds() <= period * 1.5:
            found[-1].append(point)
        else:
            found.append([point])
    return [tuple(run) for run in found]


def _legend(chart: Chart, points: tuple[Points, ...], width: float, height: float) -> tuple[list[str], int]:
    """The elements of the legend, with the latest value of each line, and the number of its rows."""
    placed: list[tuple[float, int, int, str]] = []
    x, row = 16.0, 0
    for at, line in enumerate(chart.lines):
        text = f"{line.label}  {short(points[at][-1][1])}" if points[at] else line.label
        needed = 16 + LETTER * len(text) + 14
        if x > 16 and x + needed > width - RIGHT:  # noqa: PLR2004 (the left edge)
            x, row = 16.0, row + 1
        placed.append((x, row, at, text))
        x += needed
    top = height - 12 - ROW * row
    parts = [_key(left, top + ROW * line, _color(chart.lines[at], at), text) for left, line, at, text in placed]
    return parts, row + 1


def _key(x: float, y: float, color: str, text: str) -> str:
    return (
        f'<rect class="f{color}" x="{x:.1f}" y="{y - 8:g}" width="10" height="10" rx="3"/>'
        f'<text class="text" x="{x + 16:.1f}" y="{y + 1:g}" font-size="11">{escape(text)}</text>'
    )


def _color(line: Line, at: int) -> str:
    """The suffix of the line's class: by the colour in the body, else by its order."""
    return MEANINGS.get(line.color, str(at % len(LIGHT.lines)))
