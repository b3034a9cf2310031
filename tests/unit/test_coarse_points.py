"""Data points get coarser with age and keep what a chart shows: sum, count, extremes, and roughly the percentiles."""

from __future__ import annotations

import importlib.util
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stack.local.environments import EMULATOR

NOW = 1_795_900_000.0
MINUTE, HOUR, DAY = 60, 3600, 86_400
AGES = st.sampled_from([0, 5 * MINUTE, 16 * MINUTE, HOUR, 4 * HOUR, DAY])


def coarser(points: list[dict[str, Any]], now: float = NOW) -> list[dict[str, Any]]:
    """That function of the emulator, whose folder is no package."""
    spec = importlib.util.spec_from_file_location("coarse_points", EMULATOR / "coarse_points.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept: list[dict[str, Any]] = module.coarser(points, now)
    return kept


def point(age: float, value: float, count: float = 1.0) -> dict[str, Any]:
    return {"Timestamp": NOW - age, "Value": value, "Count": count, "Unit": "Milliseconds", "Dimensions": {"a": "b"}}


def total(points: list[dict[str, Any]]) -> tuple[float, float]:
    """The sum and the number of all values, in whole thousandths."""
    return round(sum(each["Value"] * each["Count"] for each in points), 3), sum(each["Count"] for each in points)


@given(st.lists(st.tuples(AGES, st.floats(0, 10_000), st.integers(1, 50)), max_size=200))
def test_sum_count_and_extremes_stay_exact(drawn: list[tuple[float, float, int]]) -> None:
    points = sorted((point(age, round(value, 1), count) for age, value, count in drawn), key=lambda p: p["Timestamp"])
    kept = coarser(points)
    assert total(kept) == total(points)
    assert [f([p["Value"] for p in kept], default=0) for f in (min, max)] == [
        f([p["Value"] for p in points], default=0) for f in (min, max)
    ]
    assert [p["Timestamp"] for p in kept] == sorted(p["Timestamp"] for p in kept)
    assert total(coarser(kept)) == total(points), "it may happen again and again"


def test_recent_points_stay_as_they_are() -> None:
    points = [point(age, age) for age in range(890, 0, -10)]
    assert coarser(points) == points


def test_points_older_than_three_days_are_forgotten() -> None:
    assert coarser([point(3 * DAY + 1, 1), point(2 * DAY, 2)])[0]["Value"] == 2
    assert coarser([point(3 * DAY + 1, 1)]) == []


def test_a_busy_minute_becomes_few_points_with_nearly_the_same_percentiles() -> None:
    chance = random.Random(1)
    values = sorted(round(chance.lognormvariate(3, 0.5), 1) for _ in range(5000))
    kept = coarser([point(30 * MINUTE, value) for value in values])
    assert len(kept) <= 16
    expanded = sorted(each["Value"] for each in kept for _ in range(int(each["Count"])))
    assert abs(expanded[2500] - values[2500]) / values[2500] < 0.2


def test_three_idle_days_of_a_queue_are_about_a_thousand_points() -> None:
    points = [point(age, 0) for age in range(3 * DAY - 1, 0, -MINUTE)]
    assert len(coarser(points)) < 1100


def test_a_statistic_set_stays_whole() -> None:
    given_by_a_client = {**point(HOUR, 2.5), "_stat": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4}}
    assert coarser([given_by_a_client]) == [given_by_a_client]
