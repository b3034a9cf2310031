"""Evaluates the alarms in MiniStack's store as CloudWatch does.

The evaluated periods end with the last full minute, as AWS evaluates once a minute (every 10 seconds for shorter
periods). The present minute counts early only where its breach is final: a sum of errors can only grow, while an
average or a percentile of its first request may be any value.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import logging
import time
from typing import Any

from alarm_state import COMPARISONS, READ_BEYOND, Rule, is_final, state_of
from measurements import PATCH, scoped
from ministack.services import cloudwatch
from pinned import require_parameters

MINUTE, TEN_SECONDS = 60, 10
"""Between two evaluations of alarms with periods of a minute and longer, and of shorter ones."""
Points = list[dict[str, Any]]
logger = logging.getLogger("stack.emulator")


def apply() -> None:
    """Keep MiniStack from evaluating alarms itself: it looks at neither dimensions nor periods."""
    for name, parameters in (
        ("_evaluate_alarm", ("alarm",)),
        ("_calc_stats", ("points",)),
        ("_stat_value", ("stats", "stat_name", "points")),
        ("_record_history", ("alarm_name", "old_state", "new_state", "reason")),
        ("_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason")),
        ("_evaluate_parent_alarms", ("child",)),
    ):
        require_parameters(getattr(cloudwatch, name), parameters, PATCH)
    cloudwatch._evaluate_alarm = lambda _: None


def evaluate(now: float, speed: float) -> None:
    """Bring each alarm to its state. `speed`: seconds by the alarms' clock that pass in one second."""
    for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
        if alarm.get("MetricName") and alarm.get("ComparisonOperator") in COMPARISONS:
            with scoped((account, region)):
                try:
                    _evaluate(alarm, int(now), speed)
                except Exception:  # the others must still be evaluated
                    logger.exception("Cannot evaluate the alarm %s.", alarm["AlarmName"])


def _evaluate(alarm: dict[str, Any], now: int, speed: float) -> None:
    """Metric math and anomaly detection stay as they are; composite alarms follow those of their rule."""
    periods = int(alarm["EvaluationPeriods"])
    # Alarms on DynamoDB's metrics ignore missing data, whatever they declare, as AWS documents.
    missing = "ignore" if alarm["Namespace"] == "AWS/DynamoDB" else alarm.get("TreatMissingData") or "missing"
    datapoints = int(alarm.get("DatapointsToAlarm") or periods)
    rule = Rule(alarm["ComparisonOperator"], float(alarm["Threshold"]), periods, datapoints, missing)
    values = _values(alarm, rule, now, speed)
    old = alarm["StateValue"]
    new = state_of(rule, values, old)
    if new != old:
        listed = ", ".join("none" if value is None else f"{value:g}" for value in reversed(values))
        reason = f"Threshold Crossed: the last periods of {_statistic(alarm)} are {listed}; the threshold is"
        _change(alarm, old, new, f"{reason} {rule.threshold:g} ({rule.comparison}).")


def _values(alarm: dict[str, Any], rule: Rule, now: int, speed: float) -> list[float | None]:
    """The statistic of each period, the newest last."""
    length = max(round(alarm["Period"] / speed), 1)
    step = max(round((MINUTE if alarm["Period"] >= MINUTE else TEN_SECONDS) / speed), 1)
    over = now // step * step
    windows = _windows(alarm, over + step, length, rule.periods + READ_BEYOND)
    newest = _value(alarm, windows[0])
    lowest = min((point["Value"] for point in windows[0]), default=0)
    if newest is None or not rule.breaches(newest) or not is_final(rule.comparison, _statistic(alarm), lowest):
        windows = _windows(alarm, over, length, rule.periods + READ_BEYOND)
    return [_value(alarm, points) for points in reversed(windows)]


def _windows(alarm: dict[str, Any], end: int, length: int, periods: int) -> list[Points]:
    """The data points of so many periods before `end`, those of the newest first."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    key = alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions)
    windows: list[Points] = [[] for _ in range(periods)]
    for point in reversed(cloudwatch._metrics.get(key) or []):
        back = (end - 1 - int(point["Timestamp"])) // length
        if back >= periods:
            break
        if back >= 0 and alarm.get("Unit") in {None, point["Unit"]}:
            windows[back].append(point)
    return windows


def _statistic(alarm: dict[str, Any]) -> str:
    return alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"


def _value(alarm: dict[str, Any], points: Points) -> float | None:
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), _statistic(alarm), points) if points else None
    return None if value is None else float(value)


def _change(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    now = int(time.time())
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
