"""A run that dies at any of its mutating calls: the next one goes on from there, and everything is there once.

In each run of a chain every resource dies at the first call that none has died at yet. The call was carried out and its
answer lost; that is the state, too, of a run that died before its next call. So a chain leaves behind every state that
a resource can be left in, and ends by itself.

``make test`` takes a few kinds of resource, ``make test-deep`` all of the topology with an API of two paths, and
``--every-call`` the whole API.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.api import Stack
from tests.e2e.crash_cases import CASES, by_hand
from tests.e2e.crashing import Runs, nothing
from tests.e2e.inventory import tagged

CALM, CRASHED = "calm", "crashed"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    long = "whole" if metafunc.config.getoption("--every-call") else "short"
    metafunc.parametrize("topology", ["few", pytest.param(long, marks=pytest.mark.deep)])


@pytest.fixture(scope="module")
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (CALM, CRASHED):
        made.brings(nothing, name)


@pytest.mark.timeout(3600)
def test_after_a_death_at_any_call_the_next_run_goes_on(runs: Runs, stack: Stack, topology: str) -> None:
    """One story, since each chain begins where the last one ended."""
    case = CASES[topology]
    runs.brings(case.at_first, CALM)
    assert runs.converges(case.at_first, CRASHED) > case.deaths[0]
    assert runs.pending(case.at_first, CRASHED) == []
    assert runs.there(CRASHED) == runs.there(CALM)

    by_hand(stack, runs, CRASHED, case.at_first)
    runs.brings(case.then, CALM)
    assert runs.converges(case.then, CRASHED) > case.deaths[1]
    assert runs.pending(case.then, CRASHED) == []
    assert runs.there(CRASHED) == runs.there(CALM)

    assert runs.converges(nothing, CRASHED) > case.deaths[2]
    assert runs.there(CRASHED) == []
    assert tagged(stack.client, CRASHED) == []
