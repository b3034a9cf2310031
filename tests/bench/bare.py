"""The floor of a request: a function of ten lines that makes the very calls that ours makes, behind the same door.

What ours asks of DynamoDB is recorded and handed to it as data; an expense's id is filled in. It has the same
authorizer before it, the same interpreter and memory, a role of its own, and no layer.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench.recording import Call
from tests.e2e.api import Stack

NAME = "bench-bare"
ID = "@expense-id"
PROGRAM = """
import json
import os

import boto3

client = boto3.client("dynamodb")
with open(os.path.join(os.path.dirname(__file__), "calls.json")) as calls:
    CALLS = json.load(calls)


def handler(event, context):
    asked = json.loads(event["body"])
    calls = json.loads(CALLS[asked["pattern"]].replace("@expense-id", asked["id"]))
    answers = [getattr(client, method)(**request) for method, request in calls]
    found = [answer.get("Items", answer.get("Item")) for answer in answers]
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(found)}
"""
MAY = ("GetItem", "PutItem", "UpdateItem", "Query")
METHODS = {"GetItem": "get_item", "Query": "query", "TransactWriteItems": "transact_write_items", "PutItem": "put_item"}


def replayable(calls: list[Call], expense_id: str) -> str:
    """The calls as data, with a place for another expense's id; each replay is its own transaction."""
    asked = [
        (METHODS[call.operation], {name: value for name, value in call.request.items() if name != "ClientRequestToken"})
        for call in calls
    ]
    text = json.dumps(asked)
    return text.replace(expense_id, ID) if expense_id else text


@contextlib.contextmanager
def bare_lambda(stack: Stack, calls: Mapping[str, str]) -> Iterator[str]:
    """Make the function, with an alias ``live``, behind the stack's own API; its path. All is deleted afterwards."""
    with contextlib.ExitStack() as afterwards:
        role = _role(stack, afterwards)
        alias = _function(stack, role, calls, afterwards)
        _method(stack, alias, afterwards)
        yield f"/{NAME}"


def _role(stack: Stack, afterwards: contextlib.ExitStack) -> str:
    iam = stack.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    afterwards.callback(iam.delete_role, RoleName=NAME)
    table = f"arn:aws:dynamodb:{_place(stack)}:table/{stack.outputs['table_name']}"
    may = {
        "Effect": "Allow",
        "Action": [f"dynamodb:{action}" for action in MAY],
        "Resource": [table, f"{table}/index/*"],
    }
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=_policy(may))
    afterwards.callback(iam.delete_role_policy, RoleName=NAME, PolicyName=NAME)
    return str(role)


def _function(stack: Stack, role: str, calls: Mapping[str, str], afterwards: contextlib.ExitStack) -> str:
    functions = stack.client("lambda")
    ours = functions.get_function_configuration(FunctionName=stack.outputs["functions"]["expenses"])
    functions.create_function(
        FunctionName=NAME,
        Runtime=ours["Runtime"],
        MemorySize=ours["MemorySize"],
        Timeout=ours["Timeout"],
        Role=role,
        Handler="bare.handler",
        Code={"ZipFile": _zipped({"bare.py": PROGRAM, "calls.json": json.dumps(dict(calls))})},
        Publish=True,
    )
    afterwards.callback(functions.delete_function, FunctionName=NAME)
    alias = functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")["AliasArn"]
    functions.add_permission(
        FunctionName=NAME,
        Qualifier="live",
        StatementId=NAME,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return str(alias)


def _method(stack: Stack, alias: str, afterwards: contextlib.ExitStack) -> None:
    """One POST behind our authorizer. The emulator serves it without a deployment."""
    gateway, api = stack.client("apigateway"), stack.api_url.split("/")[-2]
    resources = gateway.get_resources(restApiId=api, limit=500)["items"]
    root = next(each["id"] for each in resources if each["path"] == "/")
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=NAME)["id"]
    afterwards.callback(gateway.delete_resource, restApiId=api, resourceId=resource)
    at = {"restApiId": api, "resourceId": resource, "httpMethod": "POST"}
    authorizer = gateway.get_authorizers(restApiId=api)["items"][0]["id"]
    gateway.put_method(**at, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer)
    path = f"2015-03-31/functions/{alias}/invocations"
    uri = f"arn:aws:apigateway:{stack.outputs['region']}:lambda:path/{path}"
    gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)


def _place(stack: Stack) -> str:
    return f"{stack.outputs['region']}:{stack.outputs['account_id']}"


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zipped(files: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return archive.getvalue()
