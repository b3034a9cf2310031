"""Every answer of AWS about every resource of a stack, as it came: to see that nothing at all has changed in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.inventory import pages

Clients = Callable[[str], Any]
Answers = Iterator[tuple[str, Any]]
ITS_OWN = frozenset({"ResponseMetadata", "Code", "storedBytes", "StateUpdatedTimestamp", "StateReasonData"})
"""The parts that differ from answer to answer: the request's id and time, new signatures of links, and logged bytes."""


def raw(client: Clients, stack: str) -> dict[str, str]:
    """The answers as JSON, by question."""
    prefix = f"{stack}-"
    found = {
        where: json.dumps(_kept(answer), default=str, sort_keys=True)
        for of in OF
        for where, answer in of(client, prefix)
    }
    return dict(sorted(found.items()))


def _tables(client: Clients, prefix: str) -> Answers:
    tables = [name for name in pages(client("dynamodb"), "list_tables", "TableNames") if name.startswith(prefix)]
    for name in tables:
        yield from _asked(client("dynamodb"), name, "TableName", "describe_table", "describe_time_to_live")


def _roles(client: Clients, prefix: str) -> Answers:
    for role in _mine(pages(client("iam"), "list_roles", "Roles"), "RoleName", prefix):
        yield from _asked(client("iam"), role, "RoleName", "get_role", "list_attached_role_policies")
        for policy in client("iam").list_role_policies(RoleName=role)["PolicyNames"]:
            yield f"{role}.{policy}", client("iam").get_role_policy(RoleName=role, PolicyName=policy)


def _functions(client: Clients, prefix: str) -> Answers:
    questions = ("get_function", "list_aliases", "list_versions_by_function")
    for name in _mine(pages(client("lambda"), "list_functions", "Functions"), "FunctionName", prefix):
        yield from _asked(client("lambda"), name, "FunctionName", *questions)
    for name in _mine(pages(client("lambda"), "list_layers", "Layers"), "LayerName", prefix):
        yield from _asked(client("lambda"), name, "LayerName", "list_layer_versions")


def _buckets(client: Clients, prefix: str) -> Answers:
    questions = ("versioning", "encryption", "ownership_controls", "tagging", "notification_configuration")
    for name in _mine(client("s3").list_buckets()["Buckets"], "Name", prefix):
        yield from _asked(client("s3"), name, "Bucket", *(f"get_bucket_{each}" for each in questions))
        yield from _asked(client("s3"), name, "Bucket", "get_public_access_block", "list_object_versions")


def _messages(client: Clients, prefix: str) -> Answers:
    for url in pages(client("sqs"), "list_queues", "QueueUrls", QueueNamePrefix=prefix):
        yield url, client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    for alarm in client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]:
        yield f"alarm {alarm['AlarmName']}", alarm
    for group in pages(client("logs"), "describe_log_groups", "logGroups"):
        if group["logGroupName"].rpartition("/")[2].startswith(prefix):
            yield group["logGroupName"], group


def _pools(client: Clients, prefix: str) -> Answers:
    questions = ("describe_user_pool", "list_user_pool_clients", "get_user_pool_mfa_config")
    for pool in pages(client("cognito-idp"), "list_user_pools", "UserPools", PaginationConfig={"PageSize": 60}):
        if pool["Name"].startswith(prefix):
            yield from _asked(client("cognito-idp"), pool["Id"], "UserPoolId", *questions)


def _apis(client: Clients, prefix: str) -> Answers:
    questions = ("resources", "authorizers", "models", "stages", "gateway_responses", "deployments")
    for api in client("apigateway").get_rest_apis(limit=500)["items"]:
        if api["name"].startswith(prefix):
            yield from _asked(client("apigateway"), api["id"], "restApiId", *(f"get_{each}" for each in questions))


OF = (_tables, _roles, _functions, _buckets, _messages, _pools, _apis)


def _asked(client: Any, which: str, parameter: str, *operations: str) -> Answers:
    for operation in operations:
        yield f"{operation} {which}", getattr(client, operation)(**{parameter: which})


def _mine(found: list[Any], key: str, prefix: str) -> list[str]:
    return [each[key] for each in found if each[key].startswith(prefix)]


def _kept(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {key: _kept(value) for key, value in answer.items() if key not in ITS_OWN}
    return [_kept(each) for each in answer] if isinstance(answer, list) else answer
