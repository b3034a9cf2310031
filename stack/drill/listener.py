"""A queue that subscribes to the topic of the alarms for the time of a drill. It is also the record of the drill.

The queue's tag names the alarm. A drill that was killed leaves its queue, so that ``stack status`` tells of it and
``stack apply`` repairs what is left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stack.errors import absent_is_done, absent_is_none, retry_on
from stack.kinds.queue import ABSENT as NO_QUEUE
from stack.kinds.queue import DELETED_RECENTLY
from stack.kinds.topic import ABSENT as NO_TOPIC

if TYPE_CHECKING:
    from stack.target.target import Target

DRILL, ALARM = "drill", "expense-tracker:drill"
"""The key of the queue's name, and its tag."""
FREE_SECONDS = 70
"""SQS refuses the name of a deleted queue, which the last drill had, for 60 seconds."""


class Listener:
    """The queue of a stack's drill."""

    def __init__(self, target: Target) -> None:
        self.target, self.name = target, target.named(DRILL)
        self.topic = target.arn("sns", target.named("alarms"))

    @absent_is_none(*NO_QUEUE)
    def url(self) -> str | None:
        """The address of the queue; None if there is no drill."""
        return str(self._sqs.get_queue_url(QueueName=self.name)["QueueUrl"])

    def alarm(self) -> str | None:
        """The key of the alarm whose drill runs, or was broken off; None if there is no drill."""
        url = self.url()
        if url is None:
            return None
        return str(self._sqs.list_queue_tags(QueueUrl=url).get("Tags", {}).get(ALARM, ""))

    def open(self, alarm: str) -> None:
        """Create the queue, and subscribe it."""
        arn = self.target.arn("sqs", self.name)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        retry_on(
            DELETED_RECENTLY,
            "",
            lambda: self._sqs.create_queue(QueueName=self.name, Attributes={"Policy": policy}, tags={ALARM: alarm}),
            seconds=FREE_SECONDS,
        )
        self._sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def name_alarm(self, alarm: str) -> None:
        """Name the alarm of the drill that begins."""
        self._sqs.tag_queue(QueueUrl=self.url(), Tags={ALARM: alarm})

    def notifications(self) -> list[tuple[str, str]]:
        """The names and states of alarms in the notifications since the last call; waits up to a second."""
        return self._received(1)

    def forget(self) -> None:
        """Delete the notifications that arrived already; another drill may have fired the same alarm."""
        wait_seconds = 0 if self.target.is_emulator else 1  # AWS's short polls miss messages
        while self._received(wait_seconds):
            pass

    def _received(self, wait_seconds: int) -> list[tuple[str, str]]:
        url = self.url()
        received = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        found = []
        for message in received.get("Messages", []):
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            told: Any = json.loads(json.loads(message["Body"]).get("Message", "{}"))
            found.append((str(told.get("AlarmName", "")), str(told.get("NewStateValue", ""))))
        return found

    def close(self) -> None:
        """End the subscription, and delete the queue."""
        arn = self.target.arn("sqs", self.name)
        with absent_is_done(*NO_TOPIC):
            pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.topic)
            for each in [each for page in pages for each in page["Subscriptions"] if each["Endpoint"] == arn]:
                self._sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
        if url := self.url():
            with absent_is_done(*NO_QUEUE):
                self._sqs.delete_queue(QueueUrl=url)

    @property
    def _sqs(self) -> Any:
        return self.target.client("sqs")

    @property
    def _sns(self) -> Any:
        return self.target.client("sns")
