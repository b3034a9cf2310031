"""The topologies of the runs that fail on purpose: brief for ``make test``, long for ``make test-deep``."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.api import Stack
from tests.e2e.crashing import PATHS, Declared, Runs, first, only, second, short
from tests.e2e.test_by_hand import BY_HAND, Hand

FEW = ("table.data", "bucket.web", "queue.dead_letters", "layer.dependencies")
PUBLIC = ("role.public", "log_group.public", "function.public")


@dataclass(frozen=True)
class Case:
    """The declaration at first, and the next one; how many runs of a chain die at least, in each of its three parts."""

    at_first: Declared
    then: Declared
    deaths: tuple[int, int, int]


def few(declared: Declared) -> Declared:
    """A resource of most kinds, and one function with all that it needs."""
    return only(declared, *FEW, *PUBLIC)


CASES = {
    "few": Case(few(first), few(second), (5, 2, 2)),
    "short": Case(short(first), short(second, PATHS[:-1]), (30, 10, 5)),
    "whole": Case(first, second, (30, 10, 5)),
}


def by_hand(stack: Stack, runs: Runs, name: str, declared: Declared) -> None:
    """Change something of every kind that is declared, so that the next run has an update of each."""
    addresses = runs.addresses(declared, name)
    hand = Hand(stack.client, name)
    for address, _, change in BY_HAND:
        if address in addresses:
            change(hand)
