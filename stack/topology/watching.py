"""The alarms, and the topic that they notify."""

from __future__ import annotations

from typing import Any

from stack.engine.model import Desired, Ref
from stack.kinds.alarm import AlarmProps
from stack.kinds.topic import TopicProps
from stack.target.target import Target
from stack.topology.addresses import ALARMS, DEAD_LETTERS


def watching(target: Target) -> tuple[Desired[Any], ...]:
    """One topic, and an alarm on the queue of dead letters."""
    dead_letters = AlarmProps(
        description="An event failed every retry and is in the queue of dead letters",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": Ref(DEAD_LETTERS, "name")},
        statistic="Maximum",
        threshold=1,
        actions=(Ref(ALARMS, "arn"),),
    )
    return (
        Desired(ALARMS, target.named("alarms"), TopicProps(display_name="Expense tracker")),
        Desired("alarm.dead_letters", target.named("dead-letters"), dead_letters),
    )
