"""Changes by hand that no emulator has: each is seen, and taken back by a call that AWS has for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from stack.engine.model import Desired, Live
from stack.errors import StackError
from stack.kinds.bucket.answers import LIFECYCLE
from stack.kinds.function import _served_is
from stack.kinds.log_group import GROUPS, LogGroup, LogGroupProps
from stack.kinds.rest_api.answers import api_patches, stage_patches, undeclared_of_stage
from stack.kinds.table import Table, TableProps
from stack.kinds.table.answers import TABLE, resets
from stack.kinds.topic import _is_own
from stack.target.target import Target
from stack.target.target_kind import TargetKind

NAME = "/aws/lambda/mine-api"


@pytest.fixture
def target() -> Target:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    return Target(
        TargetKind.AWS, stack="mine", region="us-east-1", account_id="1" * 12, endpoint_url=None, session=session
    )


@pytest.fixture
def logs(target: Target) -> Iterator[Stubber]:
    with Stubber(target.client("logs")) as answers:
        yield answers
        answers.assert_no_pending_responses()


SETTINGS: list[tuple[str, object, str, dict[str, Any]]] = [
    ("kmsKeyId", "arn:aws:kms:us-east-1:1:key/theirs", "disassociate_kms_key", {"logGroupName": NAME}),
    ("dataProtectionStatus", "ACTIVATED", "delete_data_protection_policy", {"logGroupIdentifier": NAME}),
    (
        "deletionProtectionEnabled",
        True,
        "put_log_group_deletion_protection",
        {"logGroupIdentifier": NAME, "deletionProtectionEnabled": False},
    ),
    (
        "bearerTokenAuthenticationEnabled",
        True,
        "put_bearer_token_authentication",
        {"logGroupIdentifier": NAME, "bearerTokenAuthenticationEnabled": False},
    ),
]


@pytest.mark.parametrize(("member", "value", "call", "arguments"), SETTINGS)
def test_a_setting_of_a_log_group_is_seen_and_taken_back(
    target: Target, logs: Stubber, member: str, value: object, call: str, arguments: dict[str, Any]
) -> None:
    group = {"logGroupName": NAME, "retentionInDays": 30, member: value}
    logs.add_response("describe_log_groups", {"logGroups": [group]}, {"logGroupNamePrefix": NAME})
    logs.add_response("list_tags_for_resource", {"tags": {}}, {"resourceArn": ANY})
    logs.add_response(call, {}, arguments)

    kind = LogGroup(target)
    live = kind.read(NAME)
    assert live
    assert live.props.undeclared.keys() == {member}
    kind.update(live, Desired("log_group.api", NAME, LogGroupProps(30)), frozenset({"undeclared"}))


def test_the_settings_that_are_tested_are_all_that_a_log_group_may_have() -> None:
    assert {member for member, *_ in SETTINGS} == set(GROUPS.defaults)


def test_a_protected_log_group_can_be_destroyed(target: Target, logs: Stubber) -> None:
    logs.add_response("put_log_group_deletion_protection", {}, SETTINGS[2][3])
    logs.add_response("delete_log_group", {}, {"logGroupName": NAME})
    props = LogGroupProps(30, {"deletionProtectionEnabled": "true"})
    LogGroup(target).delete(Live(NAME, props, {}, None, None))


OWN = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {"StringEquals": {"AWS:SourceOwner": "1"}}}


@pytest.mark.parametrize(
    ("statements", "own"),
    [
        ([OWN], True),
        ([{**OWN, "Condition": {"StringEquals": {"AWS:SourceOwner": "2"}}}], False),
        ([OWN, {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}], False),
        ([{**OWN, "Condition": {"StringLike": {"AWS:SourceOwner": "*"}}}], False),
    ],
)
def test_only_the_policy_of_a_new_topic_is_its_own(statements: list[Any], own: bool) -> None:
    assert _is_own(json.dumps({"Statement": statements}), "1") is own


def test_a_policy_may_have_one_statement_without_a_list() -> None:
    assert _is_own(json.dumps({"Statement": OWN}), "1")
    assert not _is_own(json.dumps({"Statement": {"Effect": "Allow", "Principal": "*"}}), "1")


SERVED = {
    "Version": "2",
    "CodeSha256": "x",
    "Role": "r",
    "Timeout": 1,
    "MemorySize": 128,
}


@pytest.mark.parametrize(
    ("alias", "live"),
    [
        ({"FunctionVersion": "2"}, "current"),
        ({"FunctionVersion": "2", "RoutingConfig": {}}, "current"),
        ({"FunctionVersion": "$LATEST"}, "$LATEST, which serves every change at once"),
        ({"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}}}, 'in part {"1": 0.1}'),
    ],
)
def test_an_alias_is_current_when_it_serves_one_published_version(alias: dict[str, Any], live: str) -> None:
    assert _served_is(alias, SERVED, SERVED) == live


def test_a_setting_of_a_single_method_is_seen_and_removed_from_the_stage() -> None:
    settings = {"*/*": {"loggingLevel": "INFO", "throttlingRateLimit": 1.0}, "~1expenses/GET": {"metricsEnabled": True}}
    found = undeclared_of_stage(
        {"methodSettings": settings, "canarySettings": {"percentTraffic": 10.0}, "variables": {"a.b": "1"}}
    )
    assert found == {
        "canarySettings": '{"percentTraffic": 10.0}',
        "variables.a.b": "1",
        "methodSettings.*/*.loggingLevel": "INFO",
        "methodSettings.~1expenses/GET": '{"metricsEnabled": true}',
    }
    assert list(stage_patches(found)) == [
        {"op": "remove", "path": "/canarySettings"},
        {"op": "remove", "path": "/variables/a.b"},
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": "OFF"},
        {"op": "remove", "path": "/~1expenses/GET"},
    ]


def test_the_settings_of_an_api_are_patched_back() -> None:
    found = {
        "binaryMediaTypes": '["image/png"]',
        "endpointConfiguration.types": '["EDGE"]',
        "minimumCompressionSize": "1000",
        "policy": "{}",
        "permission of mine-expenses theirs": "{}",
    }
    assert list(api_patches(found)) == [
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"},
        {"op": "replace", "path": "/minimumCompressionSize"},
        {"op": "replace", "path": "/policy", "value": ""},
    ]


def test_dynamodb_takes_back_one_setting_in_a_call() -> None:
    found = {
        "SSEDescription": "{}",
        "TableClassSummary.TableClass": "STANDARD_INFREQUENT_ACCESS",
        "GlobalSecondaryIndexes": '[{"IndexName": "theirs"}]',
    }
    assert list(resets(found)) == [
        {"SSESpecification": {"Enabled": False}},
        {"TableClass": "STANDARD"},
        {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "theirs"}}]},
    ]


def test_copies_of_a_table_are_seen_and_an_apply_says_who_can_delete_them(target: Target) -> None:
    assert TABLE.undeclared({"Replicas": [{"RegionName": "eu-west-1"}]}).keys() == {"Replicas"}
    assert TABLE.undeclared({"SSEDescription": {"Status": "DISABLED"}, "Replicas": []}) == {}
    table = TableProps("pk", "sk", (), "at", True, True, undeclared={"Replicas": '[{"RegionName": "eu-west-1"}]'})
    live: Live[Any] = Live("mine-data", table, {}, None, None)
    with pytest.raises(StackError, match=r"Cannot take back Replicas of table mine-data: .* Delete them in DynamoDB"):
        Table(target).update(live, Desired("table.data", "mine-data", table), frozenset({"undeclared"}))


def test_a_transition_to_another_storage_class_is_seen() -> None:
    rule = {"ID": "x", "Status": "Enabled", "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
    assert LIFECYCLE.undeclared(rule).keys() == {"Transitions"}
