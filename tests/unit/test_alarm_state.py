"""The emulator's alarms change their state as CloudWatch documents it, in the examples of its documentation."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from stack.local.environments import EMULATOR


def _loaded() -> ModuleType:
    """The module of the emulator: its folder is no package, and its other modules need MiniStack."""
    spec = importlib.util.spec_from_file_location("alarm_state", EMULATOR / "alarm_state.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["alarm_state"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


alarm_state: Any = _loaded()
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
A, O, I, R = "ALARM", "OK", "INSUFFICIENT_DATA", "the state before"  # noqa: E741 (columns of a table)
THREE_OF_THREE = [("0 - X - X", (O, O, O, O)), ("- - - - 0", (O, O, O, O)), ("- - - - -", (I, R, A, O)),
                  ("0 X X - X", (A, A, A, A)), ("- - X - -", (A, R, A, O))]  # fmt: skip
TWO_OF_THREE = [("0 - X - X", (A, A, A, A)), ("0 0 X 0 X", (A, A, A, A)), ("0 - X - -", (O, O, A, O)),
                ("- - - - 0", (O, O, A, O)), ("- - - X -", (A, R, A, O))]  # fmt: skip
"""The two tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""


def state(datapoints: int, periods: int, missing: str, values: list[float | None], current: str = R) -> str:
    rule = alarm_state.Rule("GreaterThanThreshold", 5.0, periods, datapoints, missing)
    return str(alarm_state.state_of(rule, values, current))


@pytest.mark.parametrize("at", range(4), ids=TREATMENTS)
@pytest.mark.parametrize(
    ("datapoints", "points", "states"),
    [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE],
)
def test_missing_data_is_treated_as_documented(datapoints: int, points: str, states: tuple[str, ...], at: int) -> None:
    values = [{"0": 0.0, "X": 9.0, "-": None}[point] for point in points.split()]
    assert state(datapoints, 3, TREATMENTS[at], values) == states[at]


@pytest.mark.parametrize(
    ("comparison", "value", "fires"),
    [
        ("GreaterThanThreshold", 5, False),
        ("GreaterThanOrEqualToThreshold", 5, True),
        ("LessThanThreshold", 5, False),
        ("LessThanOrEqualToThreshold", 5, True),
        ("LessThanThreshold", 4.9, True),
    ],
)
def test_each_comparison_with_the_threshold(comparison: str, value: float, fires: bool) -> None:
    rule = alarm_state.Rule(comparison, 5.0, 1, 1, "missing")
    assert alarm_state.state_of(rule, [None, None, value], R) == (A if fires else O)


def test_one_breaching_period_does_not_fire_an_alarm_that_needs_three() -> None:
    assert state(3, 3, "missing", [None, None, None, None, 9.0], current=O) == O
    assert state(3, 3, "missing", [None, None, None, 9.0, 0.0], current=A) == O


def test_an_alarm_recovers_when_its_periods_are_within_the_threshold_again() -> None:
    assert state(1, 1, "notBreaching", [None, 9.0, 0.0], current=A) == O
    assert state(1, 1, "notBreaching", [None, None, None], current=A) == O
