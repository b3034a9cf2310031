"""The state of an alarm from its data points, as CloudWatch documents it.

CloudWatch reads more periods than it evaluates. Real data points decide if there are enough; otherwise the alarm's
treatment of missing data fills the gap. An alarm also fires before it has all data points, if the oldest breaching one
is old enough and none after it is within the threshold.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
READ_BEYOND = 2
"""Periods that are read beyond the evaluated ones, as in the examples of the documentation."""
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Rule:
    """An alarm fires when `datapoints` of `periods` values reach the threshold; `missing` treats a lack of values."""

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    missing: str

    def breaches(self, value: float) -> bool:
        """Whether this value reaches the threshold."""
        return bool(COMPARISONS[self.comparison](value, self.threshold))


def is_final(comparison: str, statistic: str, lowest: float) -> bool:
    """Whether a breach in a period that is not over can be undone by no later value. `lowest`: of the values so far."""
    if comparison.startswith("Greater"):
        return statistic == "Maximum" or (statistic in {"Sum", "SampleCount"} and lowest >= 0)
    return statistic == "Minimum"


def state_of(rule: Rule, values: Sequence[float | None], current: str) -> str:
    """Return the next state. `values`: one a period, the newest last, None for a period without data."""
    real = [rule.breaches(value) for value in values if value is not None]
    if not real:
        return {"missing": INSUFFICIENT_DATA, "ignore": current, "breaching": ALARM}.get(rule.missing, OK)
    considered = real[-rule.periods :]
    lacking = rule.periods - len(considered)
    breaching = sum(considered) + (lacking if rule.missing == "breaching" else 0)
    if breaching >= rule.datapoints:
        return ALARM
    if not all(considered) or rule.missing in {"notBreaching", "breaching"}:
        return OK
    return ALARM if rule.missing == "missing" and _age(rule, values) >= rule.datapoints else current


def _age(rule: Rule, values: Sequence[float | None]) -> int:
    """Periods since the oldest breaching value among the evaluated ones, with its own."""
    recent = values[-rule.periods :]
    ages = [len(recent) - at for at, value in enumerate(recent) if value is not None and rule.breaches(value)]
    return max(ages, default=0)
