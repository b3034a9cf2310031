"""The metrics that SQS publishes of each queue.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from measurements import PATCH, scoped
from ministack.services import sqs
from pinned import require

if TYPE_CHECKING:
    from measurements import Measurements

ACTIVE_SECONDS = 6 * 3600
"""Time for which SQS publishes the metrics of a queue after its last message."""
PERIOD_SECONDS = 60


class Queues:
    """Samples the queues that have, or lately had, messages."""

    def __init__(self, measurements: Measurements) -> None:
        require(hasattr(sqs._queues, "_data"), PATCH, "queues are kept by account and region")
        self._measurements = measurements
        self._last_message = dict[object, float]()
        self._noted = dict[object, tuple[object, ...]]()

    def sample(self, speed: float) -> None:
        """Note the messages of each queue. `speed`: seconds by the alarms' clock that pass in one second."""
        now = time.time()
        for key, queue in list(sqs._queues._data.items()):
            messages = [each for each in list(queue["messages"]) if each["sent_at"] <= now]
            if messages:
                self._last_message[key] = now
            elif not 0 <= now - self._last_message.get(key, 0) <= ACTIVE_SECONDS:
                continue
            waiting = sum(each["visible_at"] <= now for each in messages)
            age = round(max((now - each["sent_at"] for each in messages), default=0) * speed)
            sampled = waiting, len(messages) - waiting, age
            present = int(now * speed) // PERIOD_SECONDS
            if self._noted.get(key) != (present, *sampled):  # a value that stays is noted once a period
                self._noted[key] = (present, *sampled)
                with scoped(key[:2]):
                    self._note({"QueueName": queue["name"]}, *sampled)

    def _note(self, dimensions: dict[str, str], visible: int, hidden: int, age: int) -> None:
        for name, unit, value in (
            ("ApproximateNumberOfMessagesVisible", "Count", visible),
            ("ApproximateNumberOfMessagesNotVisible", "Count", hidden),
            ("ApproximateAgeOfOldestMessage", "Seconds", age),
        ):
            self._measurements.note("AWS/SQS", name, unit, value, dimensions)
