"""SNS topics: the destination of alarms. Subscriptions are not part of a topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stack.engine.kind import Grant
from stack.engine.limits import at_most
from stack.engine.model import Desired, Live
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.errors import absent_is_done, absent_is_none
from stack.kinds.aws_kind import AwsKind

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

ABSENT = ("NotFound", "NotFoundException")
TOPICS = ("arn:aws:sns:{region}:{account}:{stack}-*",)


@dataclass(frozen=True, slots=True)
class TopicProps:
    """``display_name`` begins the subject of an e-mail notification."""

    display_name: str


class Topic(AwsKind[TopicProps]):
    name = "topic"
    service = "sns"
    name_pattern = r"[A-Za-z0-9_-]{1,256}"
    limits = (at_most("display_name", 100),)
    grants = (
        Grant(
            "Topics",
            "sns",
            "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes TagResource",
            TOPICS,
        ),
        Grant("ListTopics", "sns", "ListTopics"),
        Grant("TopicTags", "sns", "ListTagsForResource TagResource", emulator_only=True),
    )

    @absent_is_none(*ABSENT)
    def read(self, name: str) -> Live[TopicProps] | None:
        arn = self._arn(name)
        attributes = self._sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        owner, applied = read_stamp(from_list(self._sns.list_tags_for_resource(ResourceArn=arn).get("Tags", [])))
        props = TopicProps(display_name=attributes.get("DisplayName", ""))
        return Live(name, props, {"arn": arn, "name": name}, owner, applied)

    def create(self, desired: Desired[TopicProps], tags: Mapping[str, str]) -> None:
        attributes = {"DisplayName": desired.props.display_name}
        self._sns.create_topic(Name=desired.name, Attributes=attributes, Tags=as_list(tags))

    def update(self, live: Live[TopicProps], desired: Desired[TopicProps], changed: frozenset[str]) -> None:
        del changed
        self._sns.set_topic_attributes(
            TopicArn=self._arn(live.name), AttributeName="DisplayName", AttributeValue=desired.props.display_name
        )

    def delete(self, live: Live[TopicProps]) -> None:
        with absent_is_done(*ABSENT):
            self._sns.delete_topic(TopicArn=self._arn(live.name))

    def stamp(self, live: Live[TopicProps], tags: Mapping[str, str]) -> None:
        self._sns.tag_resource(ResourceArn=self._arn(live.name), Tags=as_list(tags))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        for page in self._sns.get_paginator("list_topics").paginate():
            names = (topic["TopicArn"].rpartition(":")[2] for topic in page["Topics"])
            yield from (name for name in names if name.startswith(prefix))

    @property
    def _sns(self) -> SNSClient:
        client: SNSClient = self.target.client("sns")
        return client

    def _arn(self, name: str) -> str:
        return self.target.arn("sns", name)
