"""A run that fails at any of its mutating calls: it, or the next one, goes on from there, and everything is there once.

A run that dies: in each run of a chain every resource dies at the first call that none has died at yet. The call was
carried out and its answer lost; that is the state, too, of a run that died before its next call. So a chain leaves
behind every state that a resource can be left in, and ends by itself.

``make test`` takes a few kinds of resource. ``make test-deep`` takes all of the topology with an API of two paths, and
lets each call fail in every way. ``--every-call`` takes the whole API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.api import Stack
from tests.e2e.crashing import PATHS, Declared, Runs, first, nothing, only, second, short
from tests.e2e.inventory import tagged
from tests.e2e.test_by_hand import BY_HAND, Hand
from tests.faults import Fault, Faults, When, each_once

CALM, CRASHED, SHAKEN = "calm", "crashed", "shaken"
WAYS_TO_FAIL = (
    (Fault.CLOSED, When.BEFORE),
    (Fault.CLOSED, When.AFTER),
    (Fault.INTERNAL, When.BEFORE),
    (Fault.INTERNAL, When.AFTER),
    (Fault.THROTTLED, When.BEFORE),
)
FEW = ("table.data", "bucket.web", "queue.dead_letters", "layer.dependencies", "public")
"""What ``make test`` declares: a resource of most kinds, and one function with all that it needs."""


@dataclass(frozen=True)
class Case:
    """What is declared at first, and what then; how many runs of a chain die at least, in each of its three parts."""

    at_first: Declared
    then: Declared
    deaths: tuple[int, int, int]


def few(declared: Declared) -> Declared:
    kinds = ("role", "log_group", "function")
    return only(declared, *FEW[:-1], *(f"{kind}.{FEW[-1]}" for kind in kinds))


CASES = {
    "few": Case(few(first), few(second), (5, 2, 2)),
    "short": Case(short(first), short(second, PATHS[:-1]), (30, 10, 5)),
    "whole": Case(first, second, (30, 10, 5)),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed gives each call a fault; all of them together give each call every fault."""
    long = "whole" if metafunc.config.getoption("--every-call") else "short"
    if "seed" in metafunc.fixturenames:
        deep = [pytest.param(long, seed, marks=pytest.mark.deep) for seed in range(len(WAYS_TO_FAIL))]
        metafunc.parametrize(("case", "seed"), [("few", 0), *deep], indirect=["case"])
    elif "case" in metafunc.fixturenames:
        metafunc.parametrize("case", ["few", pytest.param(long, marks=pytest.mark.deep)], indirect=True)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (CALM, CRASHED, SHAKEN):
        made.brings(nothing, name)


def by_hand(stack: Stack, runs: Runs, name: str, declared: Declared) -> None:
    """Change something of every kind that is declared, so that the next run has an update of each."""
    addresses = runs.addresses(declared, name)
    hand = Hand(stack.client, name)
    for address, _, change in BY_HAND:
        if address in addresses:
            change(hand)


@pytest.mark.timeout(1800)
def test_after_a_death_at_any_call_the_next_run_goes_on(runs: Runs, stack: Stack, case: Case) -> None:
    """One story, since each chain begins where the last one ended."""
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


@pytest.mark.timeout(1800)
def test_a_call_that_fails_once_is_made_again_within_the_same_run(
    runs: Runs, stack: Stack, case: Case, seed: int
) -> None:
    """Each call fails once, each in another way."""

    def faults() -> Faults:
        return Faults(hits=each_once(), choose=lambda call: WAYS_TO_FAIL[(int(call, 16) + seed) % len(WAYS_TO_FAIL)])

    runs.brings(case.at_first, CALM)
    runs.brings(case.at_first, SHAKEN, faults())
    assert runs.there(SHAKEN) == runs.there(CALM)
    by_hand(stack, runs, SHAKEN, case.at_first)
    runs.brings(case.then, CALM)
    runs.brings(case.then, SHAKEN, faults())
    assert runs.pending(case.then, SHAKEN) == []
    assert runs.there(SHAKEN) == runs.there(CALM)
    runs.brings(nothing, SHAKEN, faults())
    assert runs.there(SHAKEN) == []
