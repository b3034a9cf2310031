"""A run that fails at any of its mutating calls: it, or the next one, goes on from there, and everything is there once.

A run that dies: in each run of a chain every resource dies at the first call that none has died at yet. The call was
carried out and its answer lost; that is the state, too, of a run that died before its next call. So a chain leaves
behind every state that a resource can be left in, and ends by itself.

The API is short, to keep the chain so; ``--every-call`` takes the whole topology, which needs some minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.api import Stack
from tests.e2e.crashing import PATHS, Declared, Runs, first, nothing, second, short
from tests.e2e.inventory import tagged
from tests.e2e.test_by_hand import BY_HAND, Hand
from tests.faults import Fault, Faults, When, each_once

CALM, CRASHED, SHAKEN = "calm", "crashed", "shaken"
SHAKES = (
    (Fault.CLOSED, When.BEFORE),
    (Fault.CLOSED, When.AFTER),
    (Fault.INTERNAL, When.BEFORE),
    (Fault.INTERNAL, When.AFTER),
    (Fault.THROTTLED, When.BEFORE),
)
Both = tuple[Declared, Declared]


@pytest.fixture(scope="module")
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (CALM, CRASHED, SHAKEN):
        made.brings(nothing, name)


@pytest.fixture(scope="module")
def both(pytestconfig: pytest.Config) -> Both:
    """What is declared at first, and what then."""
    if pytestconfig.getoption("--every-call"):
        return first, second
    return short(first), short(second, PATHS[:-1])


def by_hand(stack: Stack, name: str) -> None:
    """Change something of every kind, so that the next run has an update of each."""
    hand = Hand(stack.client, name)
    for _, _, change in BY_HAND:
        change(hand)


@pytest.mark.timeout(1800)
def test_whatever_call_a_run_dies_at_the_next_one_goes_on(runs: Runs, stack: Stack, both: Both) -> None:
    """One story, since each chain begins where the last one ended."""
    at_first, then = both
    runs.brings(at_first, CALM)
    assert runs.converges(at_first, CRASHED) > 30
    assert runs.pending(at_first, CRASHED) == []
    assert runs.there(CRASHED) == runs.there(CALM)

    by_hand(stack, CRASHED)
    runs.brings(then, CALM)
    assert runs.converges(then, CRASHED) > 10
    assert runs.pending(then, CRASHED) == []
    assert runs.there(CRASHED) == runs.there(CALM)

    assert runs.converges(nothing, CRASHED) > 5
    assert runs.there(CRASHED) == []
    assert tagged(stack.client, CRASHED) == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed gives each call a fault; all of them together give each call every fault."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(len(SHAKES) if metafunc.config.getoption("--every-call") else 1))


@pytest.mark.timeout(1800)
def test_what_fails_in_passing_is_done_within_the_same_run(runs: Runs, stack: Stack, both: Both, seed: int) -> None:
    """Each call fails once, each in another way."""

    def faults() -> Faults:
        return Faults(hits=each_once(), choose=lambda call: SHAKES[(int(call, 16) + seed) % len(SHAKES)])

    at_first, then = both
    runs.brings(at_first, CALM)
    runs.brings(at_first, SHAKEN, faults())
    assert runs.there(SHAKEN) == runs.there(CALM)
    by_hand(stack, SHAKEN)
    runs.brings(then, CALM)
    runs.brings(then, SHAKEN, faults())
    assert runs.pending(then, SHAKEN) == []
    assert runs.there(SHAKEN) == runs.there(CALM)
    runs.brings(nothing, SHAKEN, faults())
    assert runs.there(SHAKEN) == []
