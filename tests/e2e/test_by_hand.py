"""Changes by hand with the AWS command line: each change is named with both values, and undone.

Every call here is Amazon's own, made as an administrator would; nothing of ours decides what is written. All are made
at once, since they touch different properties, and are told apart by what ``drift`` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stack.local.environments import PROJECT
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.e2e.makers import told

NAME = "byhand"
Change = Callable[["Hand"], object]


class Hand:
    """Clients, and the names and ids that the command line needs."""

    def __init__(self, client: Callable[[str], Any], name: str, account: str = "000000000000") -> None:
        self.client, self.name = client, name
        self.receipts, self.web = (f"{name}-{bucket}-{account}-us-east-1" for bucket in ("receipts", "web"))

    @property
    def api(self) -> str:
        apis = self.gateway.get_rest_apis()["items"]
        return next(str(api["id"]) for api in apis if api["name"] == f"{self.name}-api")

    @property
    def pool(self) -> str:
        pools = self.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
        return next(str(pool["Id"]) for pool in pools if pool["Name"] == f"{self.name}-users")

    @property
    def gateway(self) -> Any:
        return self.client("apigateway")

    def method(self, path: str, verb: str) -> dict[str, str]:
        listed = self.gateway.get_resources(restApiId=self.api, limit=500)["items"]
        return {
            "restApiId": self.api,
            "resourceId": next(each["id"] for each in listed if each["path"] == path),
            "httpMethod": verb,
        }

    def queue(self, name: str, **attributes: str) -> None:
        sqs = self.client("sqs")
        sqs.set_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=f"{self.name}-{name}")["QueueUrl"], Attributes=attributes
        )

    def alarm(self, **changes: Any) -> None:
        """Write the alarm anew with some settings changed, as the console does."""
        cloudwatch = self.client("cloudwatch")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{self.name}-dead-letters"])["MetricAlarms"]
        taken = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        cloudwatch.put_metric_alarm(**{**{key: value for key, value in alarm.items() if key in taken}, **changes})

    def notifications(self, **changes: Any) -> None:
        """Change the one notification of the receipts' bucket."""
        s3, bucket = self.client("s3"), self.receipts
        found = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [{**found[0], **changes}]}
        )


def lifecycle(hand: Hand) -> None:
    """Let a rule hold for small objects only, and switch another off."""
    s3, bucket = hand.client("s3"), hand.receipts
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    prefix = rules[0].pop("Filter", {}).get("Prefix", "")
    rules[0]["Filter"] = {"And": {"Prefix": prefix, "ObjectSizeLessThan": 1000}}
    rules[1]["Status"] = "Disabled"
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


EVERYBODY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
}
BY_HAND: list[tuple[str, str, Change]] = [
    (
        "user_pool.users",
        "password.minimum_length",
        lambda hand: hand.client("cognito-idp").update_user_pool(
            UserPoolId=hand.pool, Policies={"PasswordPolicy": {"MinimumLength": 6}}
        ),
    ),
    ("queue.erasures", "visibility", lambda hand: hand.queue("erasures", VisibilityTimeout="5", RedrivePolicy="")),
    ("queue.dead_letters", "retention", lambda hand: hand.queue("dead-letters", MessageRetentionPeriod="60")),
    (
        "topic.alarms",
        "display_name",
        lambda hand: hand.client("sns").set_topic_attributes(
            TopicArn=hand.client("sns").create_topic(Name=f"{hand.name}-alarms")["TopicArn"],
            AttributeName="DisplayName",
            AttributeValue="",
        ),
    ),
    ("alarm.dead_letters", "actions", lambda hand: hand.alarm(ActionsEnabled=False, OKActions=[])),
    (
        "role.expenses",
        "service",
        lambda hand: hand.client("iam").update_assume_role_policy(
            RoleName=f"{hand.name}-expenses-us-east-1", PolicyDocument=json.dumps(EVERYBODY)
        ),
    ),
    (
        "role.reports",
        "policy",
        lambda hand: hand.client("iam").put_role_policy(
            RoleName=f"{hand.name}-reports-us-east-1",
            PolicyName="access",
            PolicyDocument=json.dumps({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}),
        ),
    ),
    (
        "log_group.public",
        "retention_days",
        lambda hand: hand.client("logs").delete_retention_policy(logGroupName=f"/aws/lambda/{hand.name}-public"),
    ),
    (
        "table.data",
        "ttl_attribute",
        lambda hand: hand.client("dynamodb").update_time_to_live(
            TableName=f"{hand.name}-data",
            TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
        ),
    ),
    (
        "bucket.web",
        "private",
        lambda hand: hand.client("s3").put_public_access_block(
            Bucket=hand.web, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        ),
    ),
    ("bucket.receipts", "lifecycle", lifecycle),
    ("bucket.receipts", "notifies", lambda hand: hand.notifications(Events=["s3:ObjectRemoved:*"])),
    (
        "function.public",
        "environment",
        lambda hand: hand.client("lambda").update_function_configuration(
            FunctionName=f"{hand.name}-public", Environment={"Variables": {"DEBUG": "1"}}, Layers=[]
        ),
    ),
    (
        "function.eraser",
        "triggers",
        lambda hand: [
            hand.client("lambda").update_event_source_mapping(UUID=each["UUID"], Enabled=False)
            for each in hand.client("lambda").list_event_source_mappings()["EventSourceMappings"]
            if f"{hand.name}-eraser" in each["FunctionArn"]
        ],
    ),
    (
        "function.processor",
        "failures",
        lambda hand: hand.client("lambda").delete_function_event_invoke_config(
            FunctionName=f"{hand.name}-processor", Qualifier="live"
        ),
    ),
    (
        "rest_api.api",
        "models",
        lambda hand: hand.gateway.create_model(
            restApiId=hand.api, name="Mine", contentType="application/json", schema="no JSON"
        ),
    ),
    (
        "rest_api.api",
        "methods.GET /health",
        lambda hand: hand.gateway.update_method(
            **hand.method("/health", "GET"),
            patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}],
        ),
    ),
    (
        "rest_api.api",
        "methods.GET /expenses",
        lambda hand: hand.gateway.put_integration(
            **hand.method("/expenses", "GET"),
            type="AWS",
            integrationHttpMethod="POST",
            uri=hand.gateway.get_integration(**hand.method("/expenses", "GET"))["uri"],
        ),
    ),
    (
        "rest_api.api",
        "stage",
        lambda hand: hand.gateway.update_stage(
            restApiId=hand.api,
            stageName="v1",
            patchOperations=[{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"}],
        ),
    ),
]


@pytest.fixture(scope="module")
def mine(stack: Stack, home: Path) -> Iterator[Stack]:
    """A second stack beside the shared one."""
    where = ("--name", NAME, "--home", str(home))
    assert {each["action"] for each in documented(0, "apply", *where)} == {"create"}
    yield told("outputs", *where)
    gone = documented(0, "destroy", *where, "--all")
    assert {each["action"] for each in gone} == {"delete"}
    assert {each["address"]: each["reason"] for each in gone if each["reason"]} == {
        "table.data": "0 items will be lost",
        "user_pool.users": "0 users will be lost",
        "bucket.web": "0 objects will be lost",
        "bucket.receipts": "0 objects will be lost",
    }


def documented(expected: int, *command: str) -> list[Any]:
    """The changes that a command prints for programs; the document is as the schema says."""
    code, printed = run(*command, "--json")
    assert code == expected
    document = json.loads(printed)
    jsonschema.validate(document, json.loads((PROJECT / "docs" / "plan.schema.json").read_text()))
    return list(document["changes"])


def test_each_is_named_and_undone(mine: Stack, home: Path) -> None:
    where = ("--name", NAME, "--home", str(home))
    hand = Hand(mine.client, NAME)
    for _, _, change in BY_HAND:
        change(hand)

    found = {each["address"]: [d["path"] for d in each["differences"]] for each in documented(2, "drift", *where)}

    missed = [(a, p) for a, p, _ in BY_HAND if not any(path.startswith(p) for path in found[a])]
    assert missed == []
    untouched = found.keys() - {address for address, _, _ in BY_HAND}
    assert [address for address in untouched if found[address]] == []
    assert documented(2, "plan", *where)
    assert documented(0, "apply", *where)
    assert run("drift", *where)[0] == 0
