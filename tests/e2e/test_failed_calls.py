"""A run of which each mutating call fails once, each in another way: all is done within the same run.

``make test-deep`` takes all of the topology, with an API of two paths or, with ``--every-call``, the whole one. The
brief test of the same promise is in ``tests/unit/test_run.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.api import Stack
from tests.e2e.crash_cases import CASES, by_hand
from tests.e2e.crashing import Runs, nothing
from tests.faults import Fault, Faults, When, each_once

CALM, FAILED = "unfailed", "failed"
WAYS = (
    (Fault.CLOSED, When.BEFORE),
    (Fault.CLOSED, When.AFTER),
    (Fault.INTERNAL, When.BEFORE),
    (Fault.INTERNAL, When.AFTER),
    (Fault.THROTTLED, When.BEFORE),
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed gives each call a way to fail; all of them together give each call every way."""
    topology = "whole" if metafunc.config.getoption("--every-call") else "short"
    metafunc.parametrize(("topology", "seed"), [(topology, seed) for seed in range(len(WAYS))])


@pytest.fixture(scope="module")
def runs(stack: Stack) -> Iterator[Runs]:
    made = Runs(stack)
    yield made
    for name in (CALM, FAILED):
        made.brings(nothing, name)


@pytest.fixture(scope="module")
def unfailed(runs: Runs) -> Callable[[str], tuple[list[str], list[str]]]:
    """Return a list of all resources after each of the two applies of a topology, in which no call fails."""

    @functools.cache
    def there(topology: str) -> tuple[list[str], list[str]]:
        case = CASES[topology]
        runs.brings(case.at_first, CALM)
        at_first = runs.there(CALM)
        runs.brings(case.then, CALM)
        return at_first, runs.there(CALM)

    return there


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_a_call_that_fails_once_is_made_again_within_the_same_run(
    runs: Runs, stack: Stack, unfailed: Callable[[str], tuple[list[str], list[str]]], topology: str, seed: int
) -> None:
    case, (at_first, then) = CASES[topology], unfailed(topology)

    def faults() -> Faults:
        return Faults(hits=each_once(), choose=lambda call: WAYS[(int(call, 16) + seed) % len(WAYS)])

    runs.brings(case.at_first, FAILED, faults())
    assert runs.there(FAILED) == at_first
    by_hand(stack, runs, FAILED, case.at_first)
    runs.brings(case.then, FAILED, faults())
    assert runs.pending(case.then, FAILED) == []
    assert runs.there(FAILED) == then
    runs.brings(nothing, FAILED, faults())
    assert runs.there(FAILED) == []
