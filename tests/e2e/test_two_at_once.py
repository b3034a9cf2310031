"""Two runs that do not know of each other end in one topology, and one that gives way says what stood in its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stack.engine.run import Report
from stack.local.environments import PROJECT
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.e2e.crashing import Declared, Runs, first, nothing, only, short

CALM, TWICE, WHOLE = "calmer", "twice", "whole"
LANES = 4
"""Stacks that race at the same time, each against itself."""
OTHERS_WORK = ("another run", "something else", "at the same time", "meanwhile", "could not look at")
SMALL = only(
    first, "user_pool", "layer.dependencies", "bucket.web", "role.public", "log_group.public", "queue.dead_letters"
)
"""Kinds that AWS lets exist twice, without the API, and some that are quick to create."""


@pytest.fixture(scope="module")
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (CALM, TWICE, WHOLE, *lanes()):
        made.brings(nothing, name)


def lanes() -> list[str]:
    return [f"lane{number}" for number in range(LANES)]


def at_once(*calls: Callable[[], Report]) -> list[Report]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def explained(report: Report) -> bool:
    """Whether each failure has a sentence that names the other run."""
    errors = [outcome.error for outcome in report.failed if outcome.error]
    return all(any(words in sentence for words in OTHERS_WORK) for sentence in errors)


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.deep)])
def test_two_applies_from_nothing_end_in_one_topology_every_time(runs: Runs, times: int) -> None:
    runs.brings(SMALL, CALM)
    expected = runs.there(CALM)

    def race(lane: str, races: int) -> None:
        for _ in range(races):
            twice(runs, SMALL, lane, expected)
            runs.brings(nothing, lane)

    used = lanes()[:times]
    with ThreadPoolExecutor(len(used)) as pool:
        list(pool.map(race, used, [times // len(used)] * len(used)))


@pytest.mark.deep
def test_two_applies_of_all_of_it_end_in_one_topology(runs: Runs) -> None:
    runs.brings(short(first), CALM)
    twice(runs, short(first), WHOLE, runs.there(CALM))


def twice(runs: Runs, declared: Declared, name: str, expected: list[str]) -> None:
    """Two runs at once."""
    reports = at_once(*[lambda: runs.apply(declared, name)] * 2)
    assert [report.failed for report in reports if not explained(report)] == []
    if any(report.failed for report in reports):
        runs.brings(declared, name)
    assert runs.pending(declared, name) == []
    assert runs.there(name) == expected


@pytest.mark.deep
@pytest.mark.parametrize("after", [0.0, 0.3])
def test_an_apply_during_a_destroy_ends_and_the_next_one_brings_everything(runs: Runs, after: float) -> None:
    runs.brings(SMALL, CALM)
    runs.brings(SMALL, TWICE)

    def apply() -> Report:
        time.sleep(after)
        return runs.apply(SMALL, TWICE)

    at_once(lambda: runs.apply(nothing, TWICE), apply)
    runs.brings(SMALL, TWICE)
    assert runs.pending(SMALL, TWICE) == []
    assert runs.there(TWICE) == runs.there(CALM)


@pytest.mark.usefixtures("heeds_interrupts")
def test_interrupted_in_the_middle_it_says_how_far_it_came_and_the_next_run_goes_on(stack: Stack, home: Path) -> None:
    where = ("--name", "stopped", "--home", str(home))
    process = subprocess.Popen(
        [sys.executable, "-m", "stack.cli", "apply", *where],
        cwd=PROJECT, env=os.environ, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    said = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said += process.communicate(timeout=300)[1]

    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "changes were done" in said
    assert "Run it again: it goes on from here." in said
    assert "Traceback" not in said
    assert run("apply", *where)[0] == 0
    assert run("plan", *where)[0] == 0
    assert run("destroy", *where, "--all")[0] == 0
