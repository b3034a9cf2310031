"""CloudWatch alarms on one metric each. No metric math: an alarm shall be one that every target can evaluate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Kind
from stack.engine.model import Desired, Live, Ref
from stack.engine.stamps import as_list, from_list, read_stamp

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True, slots=True)
class AlarmProps:
    """Fires when ``datapoints`` of the last ``periods`` of ``period`` seconds each meet ``comparison`` ``threshold``.

    ``missing`` says what a period without data counts as; ``actions`` are the ARNs that hear of it, both ways.
    """

    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str | Ref]
    statistic: str
    threshold: float
    comparison: str = "GreaterThanOrEqualToThreshold"
    period: int = 60
    periods: int = 1
    datapoints: int = 1
    missing: str = "notBreaching"
    actions: tuple[str | Ref, ...] = ()


class Alarm(Kind[AlarmProps]):
    name = "alarm"

    def read(self, name: str) -> Live[AlarmProps] | None:
        found: list[Any] = list(self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"])
        if not found:
            return None
        alarm, arn = found[0], self._arn(name)
        props = AlarmProps(
            description=alarm.get("AlarmDescription", ""),
            namespace=alarm.get("Namespace", ""),
            metric=alarm.get("MetricName", ""),
            dimensions={each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])},
            statistic=alarm.get("Statistic", ""),
            threshold=float(alarm.get("Threshold", 0)),
            comparison=alarm["ComparisonOperator"],
            period=alarm.get("Period", 0),
            periods=alarm["EvaluationPeriods"],
            datapoints=alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
            missing=alarm.get("TreatMissingData", "missing"),
            actions=_actions(alarm),
        )
        owner, applied = read_stamp(from_list(self._cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]))
        return Live(name, props, {"arn": arn, "name": name}, owner, applied)

    def create(self, desired: Desired[AlarmProps], tags: Mapping[str, str]) -> None:
        self._put(desired, Tags=as_list(tags))

    def update(self, live: Live[AlarmProps], desired: Desired[AlarmProps], changed: frozenset[str]) -> None:
        del live, changed
        self._put(desired)

    def delete(self, live: Live[AlarmProps]) -> None:
        self._cloudwatch.delete_alarms(AlarmNames=[live.name])

    def stamp(self, live: Live[AlarmProps], tags: Mapping[str, str]) -> None:
        self._cloudwatch.tag_resource(ResourceARN=self._arn(live.name), Tags=as_list(tags))

    def names(self) -> Iterable[str]:
        for page in self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.target.named("")):
            yield from (alarm["AlarmName"] for alarm in page["MetricAlarms"])

    @property
    def _cloudwatch(self) -> CloudWatchClient:
        client: CloudWatchClient = self.target.client("cloudwatch")
        return client

    def _arn(self, name: str) -> str:
        return self.target.arn("cloudwatch", f"alarm:{name}")

    def _put(self, desired: Desired[AlarmProps], **more: Any) -> None:
        """Write the whole alarm: PutMetricAlarm resets what it is not told."""
        props = desired.props
        actions: Any = list(props.actions)
        settings: Any = {
            "AlarmDescription": props.description,
            "Namespace": props.namespace,
            "MetricName": props.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(props.dimensions.items())],
            "Statistic": props.statistic,
            "Threshold": props.threshold,
            "ComparisonOperator": props.comparison,
            "Period": props.period,
            "EvaluationPeriods": props.periods,
            "DatapointsToAlarm": props.datapoints,
            "TreatMissingData": props.missing,
        }
        self._cloudwatch.put_metric_alarm(
            AlarmName=desired.name, AlarmActions=actions, OKActions=actions, **settings, **more
        )


def _actions(alarm: Any) -> tuple[str, ...]:
    """Who hears of it both ways; nobody, while actions are switched off."""
    told = set(alarm.get("AlarmActions", [])) & set(alarm.get("OKActions", []))
    return tuple(sorted(told)) if alarm.get("ActionsEnabled", True) else ()
