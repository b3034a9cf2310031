"""From nothing to a working app, and what the provisioner costs: in seconds, and in calls, reads and writes apart."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from stack import commands
from stack.cli import parser
from stack.commands import Context
from tests.bench import running
from tests.bench.table import Line, taken, timed

ROUNDS = 3
PATIENCE = 60
"""Seconds to wait for an edit to be served."""


def measure() -> Iterator[Line]:
    """``ROUNDS`` lives of a stack, one after the other; every line is the median of them."""
    seconds: dict[str, list[float]] = defaultdict(list)
    more: dict[str, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for what, took, counted in _life():
            seconds[what].append(took)
            more[what] = counted
    for what, samples in seconds.items():
        yield taken(what, samples, more[what])


def _life() -> Iterator[tuple[str, float, dict[str, float]]]:
    with running.home() as place:
        printed: list[str] = []
        up = ("up", "--port", "0", "--json")
        took = timed(lambda: printed.append(running.command(*up, home=place)))
        yield "nothing → working, seeded app (stack up)", took, {}
        yield "stack up again", timed(lambda: running.command(*up, home=place)), {}
        outputs = json.loads(printed[0])
        _in_process(commands.destroy, outputs["endpoint_url"], "destroy", "--all")
        yield "apply from nothing", *_in_process(commands.apply, outputs["endpoint_url"], "apply")
        yield "no-op apply", *_in_process(commands.apply, outputs["endpoint_url"], "apply")
        yield "no-op apply, whole command", timed(lambda: running.command("apply", home=place)), {}
        yield "edit → first answer of the new code", *_edit(place, outputs["api_url"])


def _in_process(verb: Callable[[Context], int], endpoint_url: str, *arguments: str) -> tuple[float, dict[str, float]]:
    """Seconds and calls of a verb in this process, which has all imported. The target is named, whatever STACK_* says.

    Raises:
        RuntimeError: the verb failed.
    """
    where = ("--target", "local", "--endpoint-url", endpoint_url, "--name", "expenses", "--region", "us-east-1")
    context = Context(parser().parse_args([*arguments, *where]))
    codes: list[int] = []
    with contextlib.redirect_stderr(io.StringIO()) as told, contextlib.redirect_stdout(io.StringIO()):
        took = timed(lambda: codes.append(verb(context)))
    if codes != [0]:
        raise RuntimeError(f"stack {arguments[0]} failed: {told.getvalue()[-500:]}")
    calls = context.target.calls
    return took, {"reads": calls.reads, "writes": calls.writes}


def _edit(place: Path, api_url: str) -> tuple[float, dict[str, float]]:
    """Edit a handler in a copy of the project and apply that, asking all the while; seconds until the answer changes.

    Raises:
        TimeoutError: the answer never changed.
    """
    with running.copied() as project, httpx.Client(timeout=30) as http:
        running.command("apply", home=place, project=project)
        source = project / "handlers" / "functions" / "public.py"
        source.write_text(source.read_text().replace('status="ok"', 'status="edited"'))
        start, asked, failed = time.perf_counter(), 0, 0
        with running.started("apply", home=place, project=project) as process:
            while (answer := http.get(f"{api_url}/health")).text != '{"status":"edited"}':
                asked, failed = asked + 1, failed + (answer.status_code != 200)
                if time.perf_counter() - start > PATIENCE:
                    process.kill()
                    raise TimeoutError(f"{api_url}/health still answers {answer.text} {PATIENCE} s after the edit")
                time.sleep(0.02)
            took = time.perf_counter() - start
            process.communicate(timeout=running.LONGEST)
        return took, {"requests meanwhile": asked, "failed": failed}
