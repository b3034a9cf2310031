"""The alarms, the topic that they notify, and the dashboard."""

from __future__ import annotations

from typing import Any

from stack.engine.model import Desired, Ref
from stack.kinds.alarm import AlarmProps
from stack.kinds.topic import TopicProps
from stack.target.target import Target
from stack.topology.addresses import ALARMS
from stack.topology.options import Options
from stack.topology.watching.alarm_list import AlarmSpec, alarm_specs
from stack.topology.watching.board import dashboard


def watching(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """One topic, every alarm, and the dashboard."""
    topic = TopicProps(display_name="Expense tracker", email=options.alarm_email)
    return (
        Desired(ALARMS, target.named("alarms"), topic),
        *(_alarm(target, spec) for spec in alarm_specs(target)),
        dashboard(target),
    )


def _alarm(target: Target, spec: AlarmSpec) -> Desired[Any]:
    """The alarm; it names what it watches, so that it needs none of it to exist first."""
    props = AlarmProps(
        description=spec.description,
        namespace=spec.metric.namespace,
        metric=spec.metric.name,
        dimensions=spec.metric.dimensions,
        statistic=spec.statistic,
        threshold=spec.threshold,
        periods=spec.periods,
        datapoints=spec.datapoints,
        missing=spec.missing,
        actions=(Ref(ALARMS, "arn"),),
    )
    return Desired(f"alarm.{spec.key}", target.named(spec.anchor), props)
