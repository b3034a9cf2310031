"""Everything there is under a prefix, asked of every service by Amazon's own calls: nothing of it is from ``stack``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Clients = Callable[[str], Any]


def inventory(client: Clients, prefix: str) -> list[str]:
    """A line for each thing whose name begins with ``prefix``, with the number of its parts; sorted."""
    return sorted(line for lines in (_named, _functions, _apis, _pools, _buckets) for line in lines(client, prefix))


def tagged(client: Clients, stack: str) -> list[str]:
    """The ARN of everything that carries the owner tag of ``stack``, wherever the tagging API sees it."""
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    listed = [each for page in pages for each in page["ResourceTagMappingList"]]
    return [each["ResourceARN"] for each in listed if stack in {tag["Value"].partition("/")[0] for tag in each["Tags"]}]


def _named(client: Clients, prefix: str) -> Iterator[str]:
    """Resources without parts."""
    found = {
        "table": pages(client("dynamodb"), "list_tables", "TableNames"),
        "role": [each["RoleName"] for each in pages(client("iam"), "list_roles", "Roles")],
        "policy": [each["PolicyName"] for each in pages(client("iam"), "list_policies", "Policies", Scope="Local")],
        "user": [each["UserName"] for each in pages(client("iam"), "list_users", "Users")],
        "queue": [url.rpartition("/")[2] for url in pages(client("sqs"), "list_queues", "QueueUrls")],
        "topic": [each["TopicArn"].rpartition(":")[2] for each in pages(client("sns"), "list_topics", "Topics")],
        "alarm": [each["AlarmName"] for each in pages(client("cloudwatch"), "describe_alarms", "MetricAlarms")],
        "dashboard": [
            each["DashboardName"] for each in pages(client("cloudwatch"), "list_dashboards", "DashboardEntries")
        ],
        "log group": [
            each["logGroupName"].rpartition("/")[2]
            for each in pages(client("logs"), "describe_log_groups", "logGroups")
        ],
    }
    for kind, names in found.items():
        yield from (f"{kind} {name}" for name in names if name.startswith(prefix))


def _functions(client: Clients, prefix: str) -> Iterator[str]:
    functions = client("lambda")
    for each in pages(functions, "list_functions", "Functions"):
        if (name := each["FunctionName"]).startswith(prefix):
            aliases = [alias["Name"] for alias in pages(functions, "list_aliases", "Aliases", FunctionName=name)]
            yield f"function {name}, aliases {aliases}"
    for each in pages(functions, "list_event_source_mappings", "EventSourceMappings"):
        if f":{prefix}" in each["FunctionArn"] or f":{prefix}" in each["EventSourceArn"]:
            yield f"event source mapping {each['EventSourceArn']}"
    for each in pages(functions, "list_layers", "Layers"):
        if (name := each["LayerName"]).startswith(prefix):
            yield f"layer {name}"


def _apis(client: Clients, prefix: str) -> Iterator[str]:
    gateway = client("apigateway")
    for api in gateway.get_rest_apis(limit=500)["items"]:
        if api["name"].startswith(prefix):
            of = {"restApiId": api["id"], "limit": 500}
            parts = {
                "resources": gateway.get_resources(**of)["items"],
                "authorizers": gateway.get_authorizers(**of)["items"],
                "models": gateway.get_models(**of)["items"],
                "validators": gateway.get_request_validators(**of)["items"],
                "stages": gateway.get_stages(restApiId=api["id"])["item"],
            }
            yield f"api {api['name']}, " + ", ".join(f"{len(each)} {kind}" for kind, each in parts.items())


def _pools(client: Clients, prefix: str) -> Iterator[str]:
    cognito = client("cognito-idp")
    for pool in pages(cognito, "list_user_pools", "UserPools", PaginationConfig={"PageSize": 60}):
        if pool["Name"].startswith(prefix):
            clients = pages(cognito, "list_user_pool_clients", "UserPoolClients", UserPoolId=pool["Id"])
            yield f"user pool {pool['Name']}, clients {[each['ClientName'] for each in clients]}"


def _buckets(client: Clients, prefix: str) -> Iterator[str]:
    for bucket in client("s3").list_buckets()["Buckets"]:
        if bucket["Name"].startswith(prefix):
            yield f"bucket {bucket['Name']}"


def pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """All that a listing operation lists, whether or not botocore knows how it is paged."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**arguments).get(key, []))
    return [each for page in client.get_paginator(operation).paginate(**arguments) for each in page.get(key, [])]
