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
    def topic(self) -> str:
        topics = self.client("sns").list_topics()["Topics"]
        return next(str(topic["TopicArn"]) for topic in topics if topic["TopicArn"].endswith(f":{self.name}-alarms"))

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


def anybody(action: str, resource: str) -> str:
    """A resource policy that allows an action to everybody."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVERYBODY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
}


def second_version(hand: Hand) -> None:
    """Let the alias send a tenth of the calls to another version."""
    client, name = hand.client("lambda"), f"{hand.name}-profile"
    client.update_function_configuration(FunctionName=name, Description="Another")
    other = client.publish_version(FunctionName=name)["Version"]
    client.update_function_configuration(FunctionName=name, Description="The profile function of the expense tracker")
    client.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {other: 0.1}})


def replicate(hand: Hand) -> None:
    rule = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::theirs"},
    }
    hand.client("s3").put_bucket_replication(
        Bucket=hand.web, ReplicationConfiguration={"Role": "arn:aws:iam::000000000000:role/theirs", "Rules": [rule]}
    )


BY_HAND: list[tuple[str, str, Change]] = [
    (
        "function.reports",
        "live",
        lambda hand: hand.client("lambda").update_alias(
            FunctionName=f"{hand.name}-reports", Name="live", FunctionVersion="$LATEST"
        ),
    ),
    ("function.profile", "live", second_version),
    (
        "function.receipts",
        "undeclared.EphemeralStorage.Size",
        lambda hand: hand.client("lambda").update_function_configuration(
            FunctionName=f"{hand.name}-receipts", EphemeralStorage={"Size": 1024}, TracingConfig={"Mode": "Active"}
        ),
    ),
    (
        "function.expenses",
        "undeclared.Concurrency",
        lambda hand: hand.client("lambda").put_function_concurrency(
            FunctionName=f"{hand.name}-expenses", ReservedConcurrentExecutions=1
        ),
    ),
    (
        "topic.alarms",
        "undeclared.Policy",
        lambda hand: hand.client("sns").set_topic_attributes(
            TopicArn=hand.topic, AttributeName="Policy", AttributeValue=anybody("sns:Subscribe", hand.topic)
        ),
    ),
    ("queue.dead_letters", "undeclared.Policy", lambda hand: hand.queue("dead-letters", Policy=anybody("sqs:*", "*"))),
    ("queue.erasures", "undeclared.DelaySeconds", lambda hand: hand.queue("erasures", DelaySeconds="900")),
    ("alarm.dead_letters", "undeclared.Unit", lambda hand: hand.alarm(Unit="Bytes")),
    (
        "role.profile",
        "undeclared.PermissionsBoundary",
        lambda hand: hand.client("iam").put_role_permissions_boundary(
            RoleName=f"{hand.name}-profile-us-east-1", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
    ),
    (
        "table.data",
        "undeclared.StreamSpecification",
        lambda hand: hand.client("dynamodb").update_table(
            TableName=f"{hand.name}-data", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        ),
    ),
    ("bucket.web", "copies", replicate),
    (
        "bucket.receipts",
        "encryption",
        lambda hand: hand.client("s3").put_bucket_encryption(
            Bucket=hand.receipts,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True},
                ]
            },
        ),
    ),
    (
        "rest_api.api",
        "undeclared.permission",
        lambda hand: hand.client("lambda").add_permission(
            FunctionName=f"{hand.name}-expenses",
            Qualifier="live",
            StatementId="theirs",
            Action="lambda:InvokeFunction",
            Principal="*",
        ),
    ),
    (
        "bucket.receipts",
        "notifies.s3:ObjectRemoved:*, prefix users/.permitted",
        lambda hand: hand.client("lambda").add_permission(
            FunctionName=f"{hand.name}-processor",
            Qualifier="live",
            StatementId="theirs",
            Action="lambda:InvokeFunction",
            Principal="*",
        ),
    ),
    (
        "rest_api.api",
        "undeclared.disableExecuteApiEndpoint",
        lambda hand: hand.gateway.update_rest_api(
            restApiId=hand.api,
            patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}],
        ),
    ),
    (
        "rest_api.api",
        "stage.undeclared.variables.debug",
        lambda hand: hand.gateway.update_stage(
            restApiId=hand.api,
            stageName="v1",
            patchOperations=[
                {"op": "replace", "path": "/variables/debug", "value": "1"},
                {"op": "replace", "path": "/tracingEnabled", "value": "true"},
                {"op": "replace", "path": "/*/*/logging/dataTrace", "value": "true"},
            ],
        ),
    ),
    (
        "rest_api.api",
        "methods.POST /expenses.undeclared.methodIntegration.timeoutInMillis",
        lambda hand: hand.gateway.update_integration(
            **hand.method("/expenses", "POST"),
            patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "50"}],
        ),
    ),
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
            TopicArn=hand.topic,
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
