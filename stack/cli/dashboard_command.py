"""The verb ``dashboard``."""

from __future__ import annotations

import datetime as dt
import json
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from stack.cli.codes import OK
from stack.cli.context import Context
from stack.cli.printing import say
from stack.cli.screen import is_rich, waiting
from stack.dashboard.board import Board, document, read_board
from stack.dashboard.page import page
from stack.dashboard.picture import picture, png
from stack.dashboard.server import server
from stack.errors import StackError, explain
from stack.target.target import Target

REFRESH_SECONDS = 10
SHORTEST_SECONDS, LONGEST_SECONDS = 60, 455 * 86_400
"""A period of the dashboard, and the time for which CloudWatch keeps metrics."""


def dashboard(context: Context) -> int:
    """Write the dashboard into files or as JSON; else open CloudWatch's console, or a page that stays until Ctrl-C."""
    options, target = context.options, context.target
    span = _span_seconds(options.since)
    name = context.document("dashboard_name")["dashboard_name"]

    def board() -> Board:
        with explain(f"Cannot read the dashboard {name}"):
            return read_board(target, name, span)

    if not (options.html or options.png or options.json):
        return _open(console(target, name)) if not target.is_emulator else _serve(board)
    with waiting("Reading the metrics"):
        read = board()
    if options.html:
        _write(options.html, page(read).encode())
    if options.png:
        _write(options.png, png(picture(read)))
    if options.json:
        print(json.dumps(document(read), indent=2))
    return OK


def _span_seconds(since: dt.datetime | None) -> int:
    seconds = round((dt.datetime.now(dt.UTC) - since).total_seconds()) if since else 3600
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise StackError(f"Cannot show a time of {seconds} s: pass a --since of a minute (1m) to 455 days (455d) ago.")
    return seconds


def console(target: Target, name: str) -> str:
    """The address of a dashboard in CloudWatch's console."""
    return (
        f"https://{target.region}.console.aws.amazon.com/cloudwatch/home?region={target.region}"
        f"#dashboards/dashboard/{name}"
    )


def _open(url: str) -> int:
    print(url, flush=True)
    if is_rich(sys.stdout):
        webbrowser.open(url)
    return OK


def _serve(board: Callable[[], Board]) -> int:
    board()
    with server(lambda: page(board(), REFRESH_SECONDS)) as serving:
        _open(f"http://127.0.0.1:{serving.server_port}/")
        say("The page has new values every 10 s. Press Ctrl-C to stop.")
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            return OK
    return OK


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StackError(f"Cannot write {path}: {error.strerror}. Name a file in a folder that exists.") from error
    say(f"Wrote {path}")
