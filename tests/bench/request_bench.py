"""Warm and cold requests of each kind, against floors of the same run: no Lambda, and a bare Lambda."""

from __future__ import annotations

import io
import json
import re
import statistics
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.bench.table import Line, interleaved, spread, timed
from tests.e2e.api import COFFEE, Api, Stack

TIMES = 150
BARE = """
import json, os, time, uuid
import boto3
client, table = boto3.client("dynamodb"), os.environ["TABLE_NAME"]

def add(sk, names):
    return {"Update": {"TableName": table, "Key": {"pk": {"S": "BARE"}, "sk": {"S": sk}},
        "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n in names),
        "ExpressionAttributeNames": {f"#{n}": n for n in names},
        "ExpressionAttributeValues": {f":{n}": {"N": "1"} for n in names}}}

def handler(event, context):
    if "requestContext" not in event:
        return {}
    if event["httpMethod"] == "POST":
        body, made = json.loads(event["body"]), str(uuid.uuid4())
        item = {"pk": {"S": "BARE"}, "sk": {"S": "EXPENSE#" + made}, "by_date": {"S": body["date"] + "#" + made}}
        item |= {name: {"S": value} for name, value in body.items()}
        put = {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        client.transact_write_items(TransactItems=[put, add("MONTH#", ["count", "total", "rev", "c", "t"]), add("MERCHANT#", ["count", "total"])])
        return {"statusCode": 201, "body": json.dumps({**body, "id": made})}
    got = client.get_item(TableName=table, Key={"pk": {"S": "BARE"}, "sk": {"S": "MONTH#"}}, ConsistentRead=True)
    return {"statusCode": 200, "body": json.dumps(sorted(got.get("Item", {})))}
"""  # noqa: E501 (a program)


def measure(stack: Stack) -> Iterator[Line]:
    """Medians in milliseconds."""
    api = stack.api(stack.sign_up())
    made = api.create()
    bare = bare_lambda(stack)
    http = httpx.Client(timeout=30)
    kinds: dict[str, Callable[[], object]] = {
        "floor: MOCK method (preflight)": lambda: http.options(f"{stack.api_url}/expenses"),
        "floor: bare Lambda, same write": lambda: http.post(f"{bare}/expenses", json=COFFEE),
        "floor: bare Lambda, one get": lambda: http.get(f"{bare}/expenses"),
        "POST /expenses": lambda: api.call("POST", "/expenses", json=COFFEE),
        "GET /expenses/{id}": lambda: api.call("GET", f"/expenses/{made['id']}"),
        "GET /expenses?limit=50": lambda: api.call("GET", "/expenses?limit=50&from=2026-03-14&to=2026-03-14"),
        "GET /reports/months/{month}": lambda: api.call("GET", "/reports/months/2026-03"),
        "GET /profile": lambda: api.call("GET", "/profile"),
        "GET /health": lambda: api.call("GET", "/health"),
    }
    for call in kinds.values():
        call()
    medians: dict[str, float] = {}
    for name, taken in zip(kinds, interleaved(list(kinds.values()), TIMES), strict=True):
        medians[name] = statistics.median(taken)
        yield Line(name, medians[name], "ms", f"{spread(taken)}{_ratio(name, medians)}")
    yield from _watched(stack, kinds["GET /expenses/{id}"])
    yield from _cold(stack, api)


def _watched(stack: Stack, call: Callable[[], object]) -> Iterator[Line]:
    """The cost of telemetry: a warm request with and without it, in turns of 50."""
    clock, turns = f"{stack.outputs['endpoint_url']}/_stack/alarm-clock", (("0", "without"), ("1", "with"))
    taken: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(12):
        for speed, name in turns:
            httpx.post(clock, params={"speed": speed})
            taken[name] += [timed(call) * 1000 for _ in range(50)]
    without, with_ = (statistics.median(taken[name]) for name in ("without", "with"))
    yield Line("GET /expenses/{id} without telemetry", without, "ms", spread(taken["without"]))
    yield Line("GET /expenses/{id} with telemetry", with_, "ms", f"{with_ / without:.2f} of that; goal 1.10")


def _ratio(name: str, medians: dict[str, float]) -> str:
    floor = {"POST /expenses": "floor: bare Lambda, same write", "GET /expenses/{id}": "floor: bare Lambda, one get"}
    return f", {medians[name] / medians[floor[name]]:.2f} of the {floor[name][7:]}" if name in floor else ""


def _cold(stack: Stack, api: Api) -> Iterator[Line]:
    """The first request after a new version whose worker nobody has started: published without a warm-up."""
    client = stack.client("lambda")
    for part, path in (("expenses", "/expenses?limit=1"), ("reports", "/reports/trend"), ("public", "/health")):
        name = stack.outputs["functions"][part]
        live = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        configuration = client.get_function_configuration(FunctionName=name)
        client.update_function_configuration(FunctionName=name, Description="cold")
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = client.publish_version(FunctionName=name)["Version"]
        client.get_waiter("function_active_v2").wait(FunctionName=name, Qualifier=version)
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
        yield Line(f"cold {part}", timed(lambda path=path: api.call("GET", path)) * 1000, "ms")  # type: ignore[misc]
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=live)
        client.update_function_configuration(FunctionName=name, Description=configuration["Description"])


def bare_lambda(stack: Stack) -> str:
    """A function of ten lines doing the same calls, behind an API of its own; the address of its stage."""
    functions, gateway, iam = stack.client("lambda"), stack.client("apigateway"), stack.client("iam")
    table = (
        f"arn:aws:dynamodb:{stack.outputs['region']}:{stack.outputs['account_id']}:table/{stack.outputs['table_name']}"
    )
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(RoleName="bare", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    may = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "Resource": table,
    }
    iam.put_role_policy(RoleName="bare", PolicyName="bare", PolicyDocument=_policy(may))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("bare.py", BARE)
    made = functions.create_function(
        FunctionName="bare",
        Runtime=functions.get_function_configuration(FunctionName=stack.outputs["functions"]["public"])["Runtime"],
        Role=role,
        Handler="bare.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"TABLE_NAME": stack.outputs["table_name"]}},
    )
    api = gateway.create_rest_api(name="bare")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart="expenses")["id"]
    path = f"2015-03-31/functions/{made['FunctionArn']}/invocations"
    uri = f"arn:aws:apigateway:{stack.outputs['region']}:lambda:path/{path}"
    for verb in ("GET", "POST"):
        at = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
        gateway.put_method(**at, authorizationType="NONE")
        gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="v1")
    return re.sub(r"execute-api/\w+/", f"execute-api/{api}/", stack.api_url)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
