"""The output on a terminal, drawn by rich: plans in colour, tables that fit, the progress of an apply."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleRenderable, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.status import Status
from rich.table import Table
from rich.text import Text

from stack.cli import printing
from stack.cli.log_lines import Line
from stack.engine.model import Action, Change, Plan
from stack.engine.run import Outcome

STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.RESTAMP: "yellow",
    Action.REPLACE: "magenta",
    Action.DELETE: "red",
    Action.REFUSE: "bold red",
    Action.KEEP: "dim",
    Action.NOTHING: "",
}
DOING = {
    Action.CREATE: "creating",
    Action.UPDATE: "updating",
    Action.RESTAMP: "finishing",
    Action.REPLACE: "replacing",
    Action.DELETE: "deleting",
}
SHOWN = 8
"""Changes in progress that are shown at once; up to 32 run."""
BAR_COLUMNS = 40
SOURCES = ("cyan", "magenta", "blue", "bright_cyan", "bright_magenta", "bright_blue")
"""Colours of the sources of log lines, none of them that of a status."""


def show_plan(plan: Plan, console: Console | None = None) -> None:
    """Print each change in the colour of its action, its differences indented under it, and the count."""
    console = console or Console(highlight=False)
    for change in plan.changes:
        if change.action is not Action.NOTHING:
            console.print(Text(printing.headline(change), STYLES[change.action]))
            for line in printing.changed_lines(change):
                console.print(Padding(Text(line, _side(line)), (0, 0, 0, 4)))
    console.print(Text(printing.count(plan), "bold"))


def show_table(rows: Iterable[Sequence[str]], columns: Sequence[str], console: Console | None = None) -> None:
    """Print a table as wide as the terminal at most; a cell that does not fit is continued in the next line."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    (console or Console(highlight=False)).print(table)


def waiting(text: str) -> Status:
    """Show a spinner and ``text`` on standard error until the context ends."""
    return Status(text, console=Console(stderr=True, highlight=False))


def log_printer(width: int, console: Console | None = None) -> Callable[[Line], None]:
    """A function that prints a log line; each source has a colour. A long line goes on at the left edge."""
    console = console or Console(highlight=False)

    def show(line: Line) -> None:
        colour = SOURCES[zlib.crc32(line.source.encode()) % len(SOURCES)]
        text = Text.assemble(
            (line.time, "dim"), "  ", (line.source.ljust(width), colour), "  ", (line.text, line.style)
        )
        console.print(text, soft_wrap=True)
        for each in line.more:
            console.print(Text(" " * (len(line.time) + width + 4) + each, "dim"), soft_wrap=True)

    return show


class Progress:
    """An observer of an apply that prints each outcome, and under them the changes in progress and a bar."""

    def __init__(self, plan: Plan, console: Console | None = None) -> None:
        self.total, self.done, self.start = len(plan.pending), 0, time.monotonic()
        self.width = max((len(change.address) for change in plan.pending), default=0)
        self.console = console or Console(stderr=True, highlight=False)
        self._running: dict[str, tuple[Change, float]] = {}
        self._spinner = Spinner("dots")
        self._lock = threading.Lock()
        self._live = Live(get_renderable=self.picture, console=self.console, transient=True, redirect_stdout=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def begun(self, change: Change) -> None:
        """Add the change to those in progress."""
        with self._lock:
            self._running[change.address] = change, time.monotonic()

    def ended(self, outcome: Outcome) -> None:
        """Print the outcome, and move the bar."""
        with self._lock:
            self._running.pop(outcome.change.address, None)
            self.done += 1
        change = outcome.change
        if outcome.error or outcome.skipped:
            self.console.print(Text(printing.outcome_line(outcome), STYLES[Action.REFUSE]))
            return
        line = f"{change.action.value} {change.address.ljust(self.width)}  {outcome.seconds:.2f} s"
        self.console.print(Text(line, STYLES[change.action]))

    def picture(self) -> ConsoleRenderable:
        """The changes in progress and the bar, as they are now."""
        with self._lock:
            running, done = list(self._running.values()), self.done
        now = time.monotonic()
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, width=1)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, justify="right")
        for change, since in running[:SHOWN]:
            style = STYLES[change.action]
            doing = Text(DOING.get(change.action, ""), style)
            grid.add_row(self._spinner, Text(change.address), doing, Text(f"{now - since:.1f} s", "dim"))
        more = [Text(f"   and {len(running) - SHOWN} more", "dim")] if len(running) > SHOWN else []
        bar = Table.grid(padding=(0, 2, 0, 0))
        numbers = Text(f"{done} of {self.total}  {now - self.start:.1f} s", no_wrap=True)
        bar.add_row(ProgressBar(max(self.total, 1), done, width=BAR_COLUMNS), numbers)
        return Group(grid, *more, bar)


def _side(line: str) -> str:
    """The style of a line of a longer difference: one that goes, one that comes, or neither."""
    return {"- ": "red", "+ ": "green"}.get(line.lstrip()[:2], "")
