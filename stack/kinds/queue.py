"""SQS queues, encrypted with SQS's own key, with a dead-letter queue where one is declared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Grant, Settling
from stack.engine.limits import between
from stack.engine.model import Desired, Live, Ref
from stack.engine.stamps import read_stamp
from stack.errors import absent_is_done, absent_is_none, retry_on, wait_until
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import EMPTY, Described

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ABSENT = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
DELETED_RECENTLY = frozenset({"AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently"})
ATTRIBUTES = Described(
    "GetQueueAttributes",
    "Attributes",
    compared="VisibilityTimeout MessageRetentionPeriod RedrivePolicy SqsManagedSseEnabled",
    defaults={
        "Policy": EMPTY,
        "RedriveAllowPolicy": EMPTY,
        "KmsMasterKeyId": EMPTY,
        "KmsDataKeyReusePeriodSeconds": ("300",),
        "DelaySeconds": ("0",),
        "MaximumMessageSize": ("1048576", "262144"),  # the second for queues from before August 2025
        "ReceiveMessageWaitTimeSeconds": ("0",),
    },
    identity="QueueArn CreatedTimestamp LastModifiedTimestamp ApproximateNumberOfMessages"
    " ApproximateNumberOfMessagesDelayed ApproximateNumberOfMessagesNotVisible",
    ignored={
        "FifoQueue ContentBasedDeduplication DeduplicationScope FifoThroughputLimit": "belong to a FIFO queue, which a"
        " name without .fifo never is",
    },
)
SPARE_SECONDS = 15
"""Added to a time that AWS documents, before the provisioner gives up."""
QUEUES = ("arn:aws:sqs:{region}:{account}:{stack}-*",)


@dataclass(frozen=True, slots=True)
class QueueProps:
    """Times in seconds. After ``max_receives`` receives SQS moves a message to the queue ``dead_letters`` (an ARN).

    ``undeclared`` is declared empty: attributes that others changed are drift.
    """

    visibility: int
    retention: int
    dead_letters: str | Ref = ""
    max_receives: int = 0
    encrypted: bool = True
    undeclared: Mapping[str, str] = field(default_factory=dict)


class Queue(AwsKind[QueueProps]):
    name = "queue"
    service = "sqs"
    settling = Settling(
        60,
        "an attribute, or a deletion",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
    )
    name_pattern = r"[A-Za-z0-9_-]{1,80}"
    limits = (
        between("visibility", 0, 43_200, "seconds"),
        between("retention", 60, 1_209_600, "seconds"),
        between("max_receives", 0, 1000),
    )
    described = (ATTRIBUTES,)
    grants = (
        Grant(
            "Queues",
            "sqs",
            "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue",
            QUEUES,
        ),
        Grant("ListQueues", "sqs", "ListQueues"),
    )

    @absent_is_none(*ABSENT)
    def read(self, name: str) -> Live[QueueProps] | None:
        url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: Any = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(found.get("RedrivePolicy") or "{}")
        props = QueueProps(
            visibility=int(found["VisibilityTimeout"]),
            retention=int(found["MessageRetentionPeriod"]),
            dead_letters=redrive.get("deadLetterTargetArn", ""),
            max_receives=int(redrive.get("maxReceiveCount", 0)),
            encrypted=found.get("SqsManagedSseEnabled", "false") == "true",
            undeclared=ATTRIBUTES.undeclared(found),
        )
        owner, applied = read_stamp(self._sqs.list_queue_tags(QueueUrl=url).get("Tags", {}))
        return Live(name, props, self._outputs(name, url), owner, applied)

    @absent_is_none(*ABSENT)
    def outputs(self, name: str) -> Mapping[str, str] | None:
        return self._outputs(name, self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def create(self, desired: Desired[QueueProps], tags: Mapping[str, str]) -> None:
        # SQS refuses the name of a deleted queue for 60 seconds.
        retry_on(
            DELETED_RECENTLY,
            "",
            lambda: self._sqs.create_queue(
                QueueName=desired.name,
                Attributes={name: value for name, value in _attributes(desired.props).items() if value},
                tags=dict(tags),
            ),
            seconds=self.settling.seconds + SPARE_SECONDS,
        )

    def update(self, live: Live[QueueProps], desired: Desired[QueueProps], changed: frozenset[str]) -> None:
        del changed
        defaults: dict[Any, str] = {name: next(iter(ATTRIBUTES.defaults[name]), "") for name in live.props.undeclared}
        self._sqs.set_queue_attributes(
            QueueUrl=live.outputs["url"], Attributes={**defaults, **_attributes(desired.props)}
        )

    def delete(self, live: Live[QueueProps]) -> None:
        """Delete the queue, and wait: for up to a minute SQS answers as if it existed, also to the next plan."""
        with absent_is_done(*ABSENT):
            self._sqs.delete_queue(QueueUrl=live.outputs["url"])
        wait_until(
            lambda: self.outputs(live.name) is None,
            f"queue {live.name} to be gone",
            seconds=self.settling.seconds + SPARE_SECONDS,
            first_pause=self.first_pause,
        )

    def stamp(self, live: Live[QueueProps], tags: Mapping[str, str]) -> None:
        self._sqs.tag_queue(QueueUrl=live.outputs["url"], Tags=dict(tags))

    def names(self) -> Iterable[str]:
        for page in self._sqs.get_paginator("list_queues").paginate(QueueNamePrefix=self.target.named("")):
            yield from (url.rpartition("/")[2] for url in page.get("QueueUrls", []))

    def contents(self, live: Live[QueueProps]) -> str:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found: Any = self._sqs.get_queue_attributes(QueueUrl=live.outputs["url"], AttributeNames=names)["Attributes"]
        waiting = sum(int(found[name]) for name in names)
        return f"{waiting:,} messages" if waiting else ""

    @property
    def _sqs(self) -> SQSClient:
        client: SQSClient = self.target.client("sqs")
        return client

    def _outputs(self, name: str, url: str) -> dict[str, str]:
        return {"arn": self.target.arn("sqs", name), "name": name, "url": url}


def _attributes(props: QueueProps) -> dict[Any, str]:
    """The attributes for SetQueueAttributes, where an empty redrive policy removes it; CreateQueue refuses one."""
    redrive = {"deadLetterTargetArn": props.dead_letters, "maxReceiveCount": props.max_receives}
    return {
        "VisibilityTimeout": str(props.visibility),
        "MessageRetentionPeriod": str(props.retention),
        "RedrivePolicy": json.dumps(redrive) if props.dead_letters else "",
        "SqsManagedSseEnabled": str(props.encrypted).lower(),
    }
