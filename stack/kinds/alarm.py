"""CloudWatch alarms on one metric each, without metric math: not every target evaluates it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Grant
from stack.engine.limits import Limit, at_most, between
from stack.engine.model import Desired, Live, Ref
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import EMPTY, Described

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

MINUTE = 60
"""Seconds."""
METRIC_ALARMS = Described(
    "DescribeAlarms",
    "MetricAlarms",
    compared="AlarmDescription ActionsEnabled OKActions AlarmActions MetricName Namespace Statistic ExtendedStatistic"
    " Dimensions Period EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator TreatMissingData",
    defaults=dict.fromkeys(
        (
            "Unit",
            "EvaluateLowSampleCountPercentile",
            "Metrics",
            "ThresholdMetricId",
            "EvaluationWindow.WallClockWindow",
            "WarmUpConfiguration",
            "EvaluationCriteria",
            "ActionConfiguration",
        ),
        EMPTY,
    ),
    identity="AlarmName AlarmArn AlarmConfigurationUpdatedTimestamp StateValue StateReason StateReasonData"
    " StateUpdatedTimestamp StateTransitionedTimestamp EvaluationState",
    ignored={
        "EvaluationWindow.SlidingWindow": "is the way in which every alarm without a wall clock is evaluated",
        "EvaluationInterval": "follows from the period of an alarm on one metric",
        "InsufficientDataActions": "every write keeps them as they are",
    },
)
STATISTIC = re.compile(r"Average|Maximum|Minimum|SampleCount|Sum|p(100|[0-9]{1,2}(\.[0-9]{1,10})?)")
ALARMS = ("arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-*",)


@dataclass(frozen=True, slots=True)
class AlarmProps:
    """An alarm that fires when ``datapoints`` of the last ``periods`` meet ``comparison`` and ``threshold``.

    ``statistic`` is a statistic or a percentile of CloudWatch: ``Sum``, ``p99``. ``period`` is in seconds. ``missing``
    is the treatment of a period without data. ``actions`` are the ARNs that CloudWatch notifies, both when the alarm
    fires and when it recovers. ``undeclared`` is declared empty: settings that others made are drift.
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
    undeclared: Mapping[str, str] = field(default_factory=dict)


def _is_period(seconds: int) -> bool:
    return seconds in {10, 30} or (seconds > 0 and seconds % MINUTE == 0)


class Alarm(AwsKind[AlarmProps]):
    name = "alarm"
    service = "cloudwatch"
    name_pattern = r".{1,255}"
    limits = (
        between("periods", 1, 1440),
        Limit(
            "statistic", "is a statistic or a percentile of CloudWatch", lambda each: bool(STATISTIC.fullmatch(each))
        ),
        Limit("period", "is 10, 30 or a multiple of 60 seconds", _is_period),
        at_most("actions", 5, "actions"),
        at_most("description", 1024),
        at_most("dimensions", 30, "dimensions"),
    )
    described = (METRIC_ALARMS,)
    grants = (
        Grant("Alarms", "cloudwatch", "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource", ALARMS),
        Grant("ListAlarms", "cloudwatch", "DescribeAlarms"),
        Grant("AlarmTags", "cloudwatch", "DeleteAlarms ListTagsForResource TagResource", emulator_only=True),
    )

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
            statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic", ""),
            threshold=float(alarm.get("Threshold", 0)),
            comparison=alarm["ComparisonOperator"],
            period=alarm.get("Period", 0),
            periods=alarm["EvaluationPeriods"],
            datapoints=alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
            missing=alarm.get("TreatMissingData", "missing"),
            actions=both_ways(alarm),
            undeclared=METRIC_ALARMS.undeclared(alarm),
        )
        owner, applied = read_stamp(from_list(self._cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]))
        return Live(name, props, {"arn": arn, "name": name}, owner, applied)

    def create(self, desired: Desired[AlarmProps], tags: Mapping[str, str]) -> None:
        self._put(desired, Tags=as_list(tags))

    def update(self, live: Live[AlarmProps], desired: Desired[AlarmProps], changed: frozenset[str]) -> None:
        """Write the alarm, with a hand-made action for a lack of data: PutMetricAlarm resets what it omits."""
        del changed
        found: list[Any] = list(self._cloudwatch.describe_alarms(AlarmNames=[live.name])["MetricAlarms"])
        kept = [action for alarm in found for action in alarm.get("InsufficientDataActions", [])]
        self._put(desired, InsufficientDataActions=kept)

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
        """Write the whole alarm: PutMetricAlarm resets every omitted setting."""
        props = desired.props
        actions: Any = list(props.actions)
        settings: Any = {
            "AlarmDescription": props.description,
            "Namespace": props.namespace,
            "MetricName": props.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(props.dimensions.items())],
            "ExtendedStatistic" if props.statistic.startswith("p") else "Statistic": props.statistic,
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


def both_ways(alarm: Any) -> tuple[str, ...]:
    """The ARNs notified in both directions, and others with a remark; none while the alarm's actions are disabled."""
    fires, recovers = set(alarm.get("AlarmActions", [])), set(alarm.get("OKActions", []))
    one_way = {f"{arn} in one direction" for arn in fires ^ recovers}
    return tuple(sorted((fires & recovers) | one_way)) if alarm.get("ActionsEnabled", True) else ()
