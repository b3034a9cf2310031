"""CloudWatch as AWS fills and reads it: metrics of the services, the access log, and alarms that are evaluated.

MiniStack has no access log and no metrics of API Gateway, DynamoDB and SQS, and evaluates an alarm over all dimensions,
without periods, at each PutMetricData only. `speed` makes the alarms' clock faster for tests and drills: with 60, a
period of a minute passes in a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import gateway_telemetry
import measurements as sink
import retention
import service_telemetry
from alarm_state import COMPARISONS, READ_BEYOND, Rule, state_of
from journal import Journal
from measurements import PATCH, Measurements, scoped
from ministack.services import cloudwatch
from pinned import require_parameters

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger("stack.emulator")
STORE_SECONDS = 0.1
SAMPLE_SECONDS = 1.0
FORGET_SECONDS = 600.0
MOST_SPEED = 60.0


class Telemetry:
    """Stores what was measured, samples the queues and evaluates the alarms."""

    def __init__(self, state: Path, snapshot: Path) -> None:
        sink.check()
        for name, parameters in (
            ("_evaluate_alarm", ("alarm",)),
            ("_calc_stats", ("points",)),
            ("_stat_value", ("stats", "stat_name", "points")),
            ("_record_history", ("alarm_name", "old_state", "new_state", "reason")),
            ("_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason")),
            ("_evaluate_parent_alarms", ("child",)),
        ):
            require_parameters(getattr(cloudwatch, name), parameters, PATCH)
        self.speed = 1.0
        self.journal = Journal(state, snapshot)
        self.measurements = Measurements(self.journal)
        gateway_telemetry.apply(self.measurements)
        service_telemetry.apply(self.measurements)
        self._queues = service_telemetry.Queues(self.measurements)
        cloudwatch._evaluate_alarm = lambda _: None  # the rounds do it
        retention.apply()

    def hasten(self, speed: float) -> None:
        """Let `speed` seconds of the alarms' clock pass in one second: 1 to 60, or 0 to measure nothing."""
        self.measurements.on = speed != 0
        self.speed = min(max(speed, 1.0), MOST_SPEED)
        self.measurements.resolution_seconds = max(round(60 / self.speed), 1)

    def turn(self) -> int:
        """Bring metrics and logs up to date for a snapshot; return the first file of the journal after it."""
        self.measurements.store()
        return self.journal.turn()

    async def rounds(self) -> None:
        """Store, sample, evaluate and forget, for as long as the emulator serves."""
        sampled = forgot = 0.0
        while True:
            await asyncio.sleep(STORE_SECONDS)
            try:
                now = time.monotonic()
                due = now - sampled >= SAMPLE_SECONDS
                if due:
                    sampled = now
                    self._queues.sample(self.speed)
                self.measurements.store()
                if due or self.speed > 1:
                    self.evaluate(time.time())
                if now - forgot >= FORGET_SECONDS:
                    forgot = now
                    await retention.forget_old()
            except Exception:  # one wrong alarm must not end the telemetry of all
                logger.exception("Cannot store or evaluate telemetry; the next round tries again.")

    def evaluate(self, now: float) -> None:
        """Bring each alarm to its state."""
        for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
            with scoped((account, region)):
                self._evaluate(alarm, now)

    def _evaluate(self, alarm: dict[str, Any], now: float) -> None:
        comparison = alarm.get("ComparisonOperator", "")
        if not alarm.get("MetricName") or comparison not in COMPARISONS:
            return  # metric math and anomaly detection stay as they are
        periods = int(alarm["EvaluationPeriods"])
        # Alarms on DynamoDB's metrics ignore missing data, whatever they declare, as AWS documents.
        missing = "ignore" if alarm["Namespace"] == "AWS/DynamoDB" else alarm.get("TreatMissingData") or "missing"
        rule = Rule(
            comparison, float(alarm["Threshold"]), periods, int(alarm.get("DatapointsToAlarm") or periods), missing
        )
        values = self._values(alarm, periods + READ_BEYOND, now)
        old = alarm["StateValue"]
        new = state_of(rule, values, old)
        if new != old:
            statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
            reason = f"Threshold Crossed: the last periods of {statistic} are {_listed(values)}; the threshold is"
            _change(alarm, old, new, f"{reason} {rule.threshold:g} ({comparison}).")

    def _values(self, alarm: dict[str, Any], periods: int, now: float) -> list[float | None]:
        """The statistic of each period, the newest last. The present period counts once it has a data point."""
        length = max(round(alarm["Period"] / self.speed), 1)
        end = (int(now) // length + 1) * length
        buckets: list[list[Any]] = [[] for _ in range(periods + 1)]
        for points in _series(alarm):
            for point in reversed(points):
                back = (end - 1 - int(point["Timestamp"])) // length
                if back > periods:
                    break
                if back >= 0:
                    buckets[back].append(point)
        recent = buckets[:periods] if buckets[0] else buckets[1:]
        return [_value(alarm, points) for points in reversed(recent)]


def _series(alarm: dict[str, Any]) -> list[list[Any]]:
    """The points of the alarm's metric; without dimensions those of all, as MiniStack answers GetMetricData."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    name = alarm["Namespace"], alarm["MetricName"]
    if dimensions:
        return [cloudwatch._metrics.get((*name, cloudwatch._dims_key(dimensions))) or []]
    return [points for (namespace, metric, _), points in cloudwatch._metrics.items() if (namespace, metric) == name]


def _value(alarm: dict[str, Any], points: list[Any]) -> float | None:
    if not points:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
    return None if value is None else float(value)


def _listed(values: list[float | None]) -> str:
    return ", ".join("none" if value is None else f"{value:g}" for value in reversed(values))


def _change(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    now = int(time.time())
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
