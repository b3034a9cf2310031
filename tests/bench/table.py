"""How numbers are printed: one line each, with what they are compared to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement; ``value`` and ``against`` in ``unit``."""

    what: str
    value: float
    unit: str
    note: str = ""

    def __str__(self) -> str:
        return f"  {self.what:<52} {self.value:>10.2f} {self.unit:<6} {self.note}".rstrip()


def timed(call: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def interleaved(calls: Sequence[Callable[[], object]], times: int) -> list[list[float]]:
    """Milliseconds of each call, taken in turn so that a slow moment of the machine hits all alike."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for at, call in enumerate(calls):
            taken[at].append(timed(call) * 1000)
    return taken


def spread(milliseconds: Sequence[float]) -> str:
    """The 95th percentile, beside a median."""
    return f"p95 {statistics.quantiles(milliseconds, n=20)[-1]:.2f}"
