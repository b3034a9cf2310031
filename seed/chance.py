"""Random draws that the standard library lacks; each takes its source of randomness."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
WHOLE, TENTHS = 0.19, 0.755
"""Of 625 real till receipts 25 % were whole units and 78 % ended in 0. Some amounts are so without rounding, therefore
these smaller shares are rounded."""
LEAST = 50
"""The least amount at a till, in cents."""


def stream(*parts: object) -> random.Random:
    """A source of randomness that depends on these parts alone: no draw disturbs another stream."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 (spending, no secret)


def poisson(chance: random.Random, rate: float) -> int:
    """The number of arrivals at ``rate`` in one unit of time; exact at any rate."""
    count, elapsed = 0, chance.expovariate(1.0)
    while elapsed < rate:
        count, elapsed = count + 1, elapsed + chance.expovariate(1.0)
    return count


def zipf(chance: random.Random, ranked: Sequence[T]) -> T:
    """One of ``ranked``, the n-th with weight 1/n: a few shops see most of a person's money."""
    return chance.choices(ranked, [1 / rank for rank in range(1, len(ranked) + 1)])[0]


def cents(chance: random.Random, median: float, sigma: float) -> int:
    """A lognormal amount in cents; a fixed one where ``sigma`` is 0."""
    return max(LEAST, round(100 * median * math.exp(chance.gauss(0.0, sigma) if sigma else 0.0)))


def at_the_till(chance: random.Random, amount: int) -> int:
    """``amount`` (cents) rounded as real prices are: often whole, mostly a multiple of ten."""
    drawn = chance.random()
    step = 100 if drawn < WHOLE else 10 if drawn < TENTHS else 1
    return max(LEAST if step < 100 else 100, round(amount / step) * step)  # noqa: PLR2004 (cents)
