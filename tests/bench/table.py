"""How numbers are taken and told: medians of interleaved samples, one line each, and what they compare to."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEAD = f"  {'':<50} {'median':>10} {'':<4} {'p95':>8} {'ratio':>6}"


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. ``median`` and ``p95`` in ``unit``; ``ratio`` to the median ``against``; ``more`` by name."""

    what: str
    median: float
    unit: str
    p95: float | None = None
    ratio: float | None = None
    against: str = ""
    more: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        p95 = "" if self.p95 is None else f"{self.p95:.2f}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        told = ", ".join(f"{value:g} {name}" for name, value in self.more.items())
        notes = "; ".join(filter(None, (f"x {self.against}" if self.against else "", told)))
        return f"  {self.what:<50} {self.median:>10.2f} {self.unit:<4} {p95:>8} {ratio:>6}  {notes}".rstrip()

    def document(self) -> dict[str, Any]:
        """The same for programs."""
        return dataclasses.asdict(self)


def timed(call: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def taken(what: str, seconds: Sequence[float], more: Mapping[str, float] | None = None) -> Line:
    """The line of whole commands: seconds, with the slowest for a spread, since they are too few for a percentile."""
    return Line(what, statistics.median(seconds), "s", more={**(more or {}), "s at worst": round(max(seconds), 2)})


def p95(samples: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(samples, n=20, method="inclusive")[-1]
