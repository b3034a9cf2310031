"""Data points become coarser with age, as CloudWatch's do, so that an emulator may live for weeks.

They are exact for some minutes, and then a few values with their counts. Sum, count, minimum and maximum of a period
stay exact; percentiles become approximate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

AGES = ((3 * 86_400, 0, 0), (3 * 3600, 300, 8), (900, 60, 16))
"""From an age in seconds on: the length of a period in seconds, and its number of values; without any beyond the last.
CloudWatch keeps minutes for 15 days and longer periods for 15 months."""


def coarser(points: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
    """Return the data points of one metric as they are kept, the oldest first."""
    recent = AGES[-1][0]
    if not points or points[0]["Timestamp"] > now - recent:
        return points
    periods: dict[tuple[int, int, str], list[dict[str, Any]]] = {}
    kept: list[dict[str, Any]] = []
    for point in points:
        length, most = next(((length, most) for age, length, most in AGES if point["Timestamp"] <= now - age), (1, -1))
        if most < 0 or (most and "_stat" in point):
            kept.append(point)
        elif most:
            start = int(point["Timestamp"]) // length * length
            periods.setdefault((start, most, point["Unit"]), []).append(point)
    for (start, most, _), of_period in periods.items():
        kept += [{**of_period[0], "Timestamp": start, **value} for value in _values(of_period, most)]
    return sorted(kept, key=lambda point: point["Timestamp"])


def _values(points: list[dict[str, Any]], most: int) -> Iterable[dict[str, float]]:
    """Return at most so many values with counts: the extremes as they are, and means of the values between them."""
    counts: dict[float, float] = {}
    for point in points:
        counts[point["Value"]] = counts.get(point["Value"], 0) + point.get("Count", 1.0)
    ordered = sorted(counts.items())
    lowest, between, highest = ordered[:1], ordered[1:-1], ordered[1:][-1:]
    together = max(-(-len(between) // (most - 2)), 1)
    groups = [between[at : at + together] for at in range(0, len(between), together)]
    for group in (lowest, *groups, highest):
        if len(group) == 1:
            yield {"Value": group[0][0], "Count": group[0][1]}
        elif group:
            count = sum(count for _, count in group)
            yield {"Value": sum(value * count for value, count in group) / count, "Count": count}
