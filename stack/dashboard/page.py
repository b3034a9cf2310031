"""A dashboard as one HTML page without scripts: light or dark as the reader's system, with a table for each chart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from stack.dashboard.board import Board
from stack.dashboard.body import Chart
from stack.dashboard.chart import draw
from stack.dashboard.cost import sentence
from stack.dashboard.picture import COLUMN, ROW
from stack.dashboard.theme import DARK, FONT, LIGHT, Theme, style

STATES = {"OK": ("good", "OK"), "INSUFFICIENT_DATA": ("unknown", "no data"), "ALARM": ("bad", "ALARM")}
LAYOUT = """
*{box-sizing:border-box}body{margin:0;padding:24px;font:14px/1.45 FONT}h1{font-size:22px;margin:0 0 4px}p{margin:4px 0}
header p,summary{color:var(--faint)}code{background:var(--grid);border-radius:4px;padding:1px 4px}a{color:var(--link)}
ul{list-style:none;margin:16px 0;padding:0;display:flex;flex-wrap:wrap;gap:8px}
li{background:var(--card);border:1px solid var(--edge);border-radius:15px;padding:4px 12px}
li i{display:inline-block;width:10px;height:10px;border-radius:5px;margin-right:8px}
li.bad{font-weight:600;border-color:var(--bad)}i.good{background:var(--good)}i.bad{background:var(--bad)}
i.unknown{background:var(--unknown)}
main{display:grid;grid-template-columns:repeat(24,1fr);gap:14px}section{min-width:0}
svg{display:block;width:100%;height:auto}details{margin-top:4px}summary{cursor:pointer;font-size:12px}
div.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums}
td,th{padding:2px 10px;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}
@media (max-width:900px){main{display:block}section{margin-bottom:14px}body{padding:12px}}
"""


def page(board: Board, refresh_seconds: int = 0) -> str:
    """The page; with ``refresh_seconds`` a browser loads it again and again."""
    values = board.values
    again = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{again}'
        f"<title>{escape(board.name)}</title><style>{LAYOUT.replace('FONT', FONT)}{_colors(LIGHT)}"
        f"@media (prefers-color-scheme:dark){{{_colors(DARK)}}}</style></head>"
    )
    texts = "".join(_markdown(each.markdown) for each in board.texts)
    span = f"{values.start:%d %b %H:%M} to {values.end:%d %b %H:%M} UTC"
    header = f"<header>{texts}<p>{escape(sentence(board.cost))}</p><p>{span}</p></header>"
    charts = "".join(_section(board, chart) for chart in board.charts)
    return f"{head}<body>{header}<ul>{''.join(_states(board))}</ul><main>{charts}</main></body></html>\n"


def _colors(theme: Theme) -> str:
    names = ("card", "edge", "grid", "faint", "good", "bad", "unknown")
    variables = "".join(f"--{name}:{getattr(theme, name)};" for name in names)
    return (
        f":root{{{variables}--link:{theme.lines[0]}}}body{{background:{theme.page};color:{theme.text}}}{style(theme)}"
    )


def _states(board: Board) -> Iterator[str]:
    for name, state in board.states:
        kind, text = STATES.get(state, ("bad", state))
        yield f'<li class="{kind}" title="{text}"><i class="{kind}"></i>{escape(name)}: {text}</li>'


def _section(board: Board, chart: Chart) -> str:
    place = chart.place
    width, height = place.width * COLUMN, place.height * ROW
    title = escape(chart.title, quote=True)
    return (
        f'<section style="grid-column:{place.x + 1}/span {place.width}">'
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}" font-family="{FONT}">'
        f"{draw(chart, board.values, width, height)}</svg>"
        f'<details><summary>Values: {title}</summary><div class="scroll">{_table(board, chart)}</div></details>'
        "</section>"
    )


def _table(board: Board, chart: Chart) -> str:
    """A row for each time with a value, the latest first."""
    points = [dict(of) for of in board.values.points[chart]]
    heads = "".join(f'<th scope="col">{escape(line.label)}</th>' for line in chart.lines)
    rows = "".join(
        f'<tr><th scope="row">{at:%d %b %H:%M}</th>'
        + "".join(f"<td>{of[at]:,.6g}</td>" if at in of else "<td>-</td>" for of in points)
        + "</tr>"
        for at in sorted({at for of in points for at in of}, reverse=True)
    )
    return f'<table><tr><th scope="col">UTC</th>{heads}</tr>{rows}</table>'


def _markdown(text: str) -> str:
    """The few forms that the body uses: a heading, paragraphs, code and links."""
    html = escape(text, quote=True)
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
    html = re.sub(r"\[([^\]]+)\]\((https://[^)\s]+)\)", r'<a href="\2">\1</a>', html)
    html = re.sub(r"(?m)^# (.+)$", r"<h1>\1</h1>\n", html)
    paragraphs = (part.strip() for part in re.split(r"\n+", html))
    return "".join(part if part.startswith("<h1>") else f"<p>{part}</p>" for part in paragraphs if part)
