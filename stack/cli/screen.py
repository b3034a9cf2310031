"""The output for people: rich's tables and progress on a terminal, and plain lines everywhere else.

Results go to standard output, progress to standard error. rich is imported only where it draws.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TextIO

from stack.cli import printing
from stack.cli.log_lines import Line, plain
from stack.engine.model import Plan
from stack.engine.run import Observer


def is_rich(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal of a person who wants colour (https://no-color.org) and can see it."""
    ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
    dumb = os.environ.get("TERM", "") in {"", "dumb", "unknown"}
    return stream.isatty() and not (ci or dumb or os.environ.get("NO_COLOR"))


def show_plan(plan: Plan) -> None:
    """Print each change with its differences, and the count."""
    if is_rich(sys.stdout):
        from stack.cli import terminal

        terminal.show_plan(plan)
    else:
        print("\n".join(printing.plan_lines(plan)))


def show_table(rows: Iterable[Sequence[str]], *, columns: Sequence[str]) -> None:
    """Print rows under each other. A terminal shows the names of the columns above them."""
    if is_rich(sys.stdout):
        from stack.cli import terminal

        terminal.show_table(rows, columns)
    else:
        print(printing.table(rows))


def log_printer(sources: Iterable[str]) -> Callable[[Line], None]:
    """A function that prints a log line at once, in the columns that the names of the sources need."""
    width = max(map(len, sources), default=0)
    if is_rich(sys.stdout):
        from stack.cli import terminal

        return terminal.log_printer(width)
    return lambda line: print(plain(line, width), flush=True)


def progress(plan: Plan) -> AbstractContextManager[Observer]:
    """Show each change of ``plan`` as it begins and ends."""
    if is_rich(sys.stderr):
        from stack.cli import terminal

        return terminal.Progress(plan)
    return contextlib.nullcontext(printing.Lines())


def waiting(text: str) -> AbstractContextManager[object]:
    """Show ``text`` while something takes its time; without a terminal nothing."""
    if is_rich(sys.stderr):
        from stack.cli import terminal

        return terminal.waiting(text)
    return contextlib.nullcontext()
