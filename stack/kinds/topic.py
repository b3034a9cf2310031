"""SNS topics: the destination of alarms, with the subscription of one e-mail address.

Subscriptions have no owner tags, so a tag of the topic names the subscribed address. Other subscriptions are not part
of a topic. SNS sends the address a link; until somebody opens it the subscription is pending, which is no drift.

SNS gives a new topic a policy for its own account. That one is declared: a policy for anybody else is drift.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Grant
from stack.engine.limits import Limit, at_most
from stack.engine.model import Desired, Live
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.errors import absent_is_done, absent_is_none
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import EMPTY, Described

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

ABSENT = ("NotFound", "NotFoundException")
ATTRIBUTES = Described(
    "GetTopicAttributes",
    "Attributes",
    compared="DisplayName",
    defaults={
        "Policy": EMPTY,
        "DeliveryPolicy": EMPTY,
        "KmsMasterKeyId": EMPTY,
        "MaximumMessageSize": ("262144",),
        "SignatureVersion": ("1",),
        "TracingConfig": ("PassThrough",),
    },
    identity="TopicArn Owner SubscriptionsConfirmed SubscriptionsDeleted SubscriptionsPending",
    ignored={
        "EffectiveDeliveryPolicy": "follows from DeliveryPolicy",
        "FifoTopic ContentBasedDeduplication ArchivePolicy BeginningArchiveTime": "belong to a FIFO topic, which a name"
        " without .fifo never is",
    },
)
SUBSCRIPTIONS = Described(
    "ListSubscriptionsByTopic", "Subscriptions", compared="Protocol Endpoint", identity="SubscriptionArn Owner TopicArn"
)
ACTIONS = (
    "AddPermission DeleteTopic GetTopicAttributes ListSubscriptionsByTopic Publish RemovePermission SetTopicAttributes"
    " Subscribe"
)
"""The actions that the policy of a new topic allows to its account."""
SUBSCRIBED = "expense-tracker:subscribed"
"""The tag with the address that this project subscribed."""
ADDRESS = re.compile(r"([A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+)?")
PENDING = "PendingConfirmation"
"""Stands in place of the ARN of a subscription that nobody has confirmed. SNS deletes it after 48 hours."""
TOPICS = ("arn:aws:sns:{region}:{account}:{stack}-*",)


@dataclass(frozen=True, slots=True)
class TopicProps:
    """``display_name`` begins the subject of an e-mail notification. ``email`` is subscribed; empty for nobody.

    ``undeclared`` is declared empty: attributes that others changed are drift.
    """

    display_name: str
    email: str = ""
    undeclared: Mapping[str, str] = field(default_factory=dict)


class Topic(AwsKind[TopicProps]):
    name = "topic"
    service = "sns"
    name_pattern = r"[A-Za-z0-9_-]{1,256}"
    limits = (
        at_most("display_name", 100),
        Limit("email", "is an e-mail address of letters, digits and ._+=-", lambda each: bool(ADDRESS.fullmatch(each))),
    )
    described = (ATTRIBUTES, SUBSCRIPTIONS)
    grants = (
        Grant(
            "Topics",
            "sns",
            "CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes"
            " Subscribe TagResource",
            TOPICS,
        ),
        Grant("Unsubscribe", "sns", "Unsubscribe"),
        Grant("ListTopics", "sns", "ListTopics"),
        Grant("TopicTags", "sns", "ListTagsForResource TagResource", emulator_only=True),
    )

    @absent_is_none(*ABSENT)
    def read(self, name: str) -> Live[TopicProps] | None:
        arn = self._arn(name)
        attributes = self._sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        tags = from_list(self._sns.list_tags_for_resource(ResourceArn=arn).get("Tags", []))
        owner, applied = read_stamp(tags)
        undeclared = ATTRIBUTES.undeclared(attributes)
        if _is_own(undeclared.get("Policy", "{}"), self.target.account_id):
            undeclared.pop("Policy", None)
        email = tags.get(SUBSCRIBED, "")
        props = TopicProps(
            display_name=attributes.get("DisplayName", ""),
            email=email if email and self._subscriptions(arn, email) else "",
            undeclared=undeclared,
        )
        return Live(name, props, {"arn": arn, "name": name}, owner, applied)

    def create(self, desired: Desired[TopicProps], tags: Mapping[str, str]) -> None:
        attributes = {"DisplayName": desired.props.display_name}
        self._sns.create_topic(Name=desired.name, Attributes=attributes, Tags=as_list(tags))
        if desired.props.email:
            self._subscribe(self._arn(desired.name), desired.props.email)

    def update(self, live: Live[TopicProps], desired: Desired[TopicProps], changed: frozenset[str]) -> None:
        arn = self._arn(live.name)
        values = {"DisplayName": desired.props.display_name} if "display_name" in changed else {}
        for name in live.props.undeclared:
            values[name] = self._policy(arn) if name == "Policy" else next(iter(ATTRIBUTES.defaults[name]), "")
        for name, value in values.items():
            self._sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
        if "email" in changed:
            self._unsubscribe(arn, live.props.email)
            self._subscribe(arn, desired.props.email)

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

    def _subscribe(self, arn: str, email: str) -> None:
        """Subscribe an address, if any, and name it in the tag. To subscribe an address again changes nothing."""
        if email:
            self._sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=email, ReturnSubscriptionArn=True)
        self._sns.tag_resource(ResourceArn=arn, Tags=[{"Key": SUBSCRIBED, "Value": email}])

    def _unsubscribe(self, arn: str, email: str) -> None:
        """Unsubscribe an address; nobody but SNS can delete a subscription that is pending."""
        for subscription in self._subscriptions(arn, email) if email else ():
            if subscription != PENDING:
                with absent_is_done(*ABSENT):
                    self._sns.unsubscribe(SubscriptionArn=subscription)

    def _subscriptions(self, arn: str, email: str) -> list[str]:
        """The ARNs of the subscriptions of an address."""
        pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        found = (each for page in pages for each in page["Subscriptions"])
        return [each["SubscriptionArn"] for each in found if (each["Protocol"], each["Endpoint"]) == ("email", email)]

    def _policy(self, arn: str) -> str:
        """The policy of a new topic."""
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in ACTIONS.split()],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": self.target.account_id}},
        }
        return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def _is_own(policy: str, account_id: str) -> bool:
    """Whether a policy is for the topic's account alone, as SNS makes it; implementations differ in its actions."""
    found: Any = json.loads(policy).get("Statement", [])
    statements: list[Any] = [found] if isinstance(found, dict) else found
    own = {"StringEquals": {"AWS:SourceOwner": account_id}}
    return all(each.get("Effect") == "Allow" and each.get("Condition") == own for each in statements)
