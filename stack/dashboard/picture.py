"""A dashboard as one picture: an SVG of its own, and a PNG of that."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import resvg_py

from stack.dashboard.board import Board
from stack.dashboard.chart import draw
from stack.dashboard.cost import sentence
from stack.dashboard.theme import FONT, LIGHT, Theme, style
from stack.errors import StackError

COLUMN, ROW, GAP, MARGIN = 60, 46, 14, 24
"""Pixels of the grid's units, between widgets, and around all."""
CHIP, CHIP_LETTER = 30, 7.0
"""The height of an alarm, and the width of a letter in it."""
FONTS = ("Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", "Arial", "Liberation Sans", "Noto Sans", "Open Sans")
NO_FONT = (
    f"Cannot draw letters: this machine has none of the fonts {', '.join(FONTS)}. Install one, such as DejaVu Sans."
)


def picture(board: Board, theme: Theme = LIGHT) -> str:
    """The SVG."""
    width = 24 * COLUMN - GAP + 2 * MARGIN
    states, top = _states(board, width)
    first = min((each.place.y for each in board.charts), default=0)
    last = max((each.place.y + each.place.height for each in board.charts), default=0)
    height = top + (last - first) * ROW + MARGIN
    values = board.values
    span = f"{values.start:%d %b %H:%M} to {values.end:%d %b %H:%M} UTC"
    parts = [
        f'<rect class="page" width="{width}" height="{height:g}"/>',
        f'<text class="title" x="{MARGIN}" y="46" font-size="22">{escape(board.name)}</text>',
        f'<text class="faint" x="{width - MARGIN}" y="46" font-size="13" text-anchor="end">{span}</text>',
        f'<text class="faint" x="{MARGIN}" y="72" font-size="13">{escape(sentence(board.cost))}</text>',
        *states,
    ]
    for chart in board.charts:
        x, y = MARGIN + chart.place.x * COLUMN, top + (chart.place.y - first) * ROW
        size = (chart.place.width * COLUMN - GAP, chart.place.height * ROW - GAP)
        parts.append(f'<g transform="translate({x},{y:g})">{draw(chart, values, *size)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:g}" viewBox="0 0 {width} {height:g}"'
        f' font-family="{FONT}"><style>{style(theme)}</style>{"".join(parts)}</svg>'
    )


def png(svg: str) -> bytes:
    """The picture at twice its size, for screens with fine pixels.

    Raises:
        StackError: the machine has no font.
    """
    font = next((each for each in FONTS if _drawn("H", each) != _drawn("", each)), None)
    if font is None:
        raise StackError(NO_FONT)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=2, sans_serif_family=font))


def _drawn(text: str, font: str) -> bytes:
    """A small picture of ``text``; without the font it is empty."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="16">{text}</text></svg>'
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_family=font, serif_family=font))


def _states(board: Board, width: int) -> tuple[list[str], float]:
    """The alarms in rows, and the y below them."""
    x, y = float(MARGIN), 92.0
    parts: list[str] = []
    for name, state in board.states:
        needed = 38 + CHIP_LETTER * len(name)
        if x + needed > width - MARGIN:
            x, y = float(MARGIN), y + CHIP + 8
        parts.extend(_chip(name, state, x, y, needed))
        x += needed + 8
    return parts, y + CHIP + GAP


def _chip(name: str, state: str, x: float, y: float, width: float) -> Iterator[str]:
    kind = {"OK": "good", "INSUFFICIENT_DATA": "unknown"}.get(state, "bad")
    yield f'<rect class="card" x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{CHIP}" rx="15"/>'
    yield f'<circle class="f{kind}" cx="{x + 16:.1f}" cy="{y + CHIP / 2:g}" r="5"/>'
    weight = ' font-weight="600"' if kind == "bad" else ""
    yield f'<text class="text" x="{x + 28:.1f}" y="{y + CHIP / 2 + 4:g}" font-size="12"{weight}>{escape(name)}</text>'
