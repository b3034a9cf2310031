"""Functions as API Gateway calls them: REST proxy events in, answers out, DynamoDB in memory behind."""

from __future__ import annotations

import base64
import functools
import importlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import boto3

from handlers.contract.routes import ROUTES, Route

CLIENT_ID, TABLE, BUCKET, ORIGIN = "client-of-ours", "expenses-data", "receipts", "https://web.example"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "BUCKET_NAME": BUCKET,
    "BUCKET_URL": f"https://{BUCKET}.s3.eu-central-1.amazonaws.com",
    "CORS_ORIGIN": ORIGIN,
    "CURSOR_KEY": "a key for cursors",
    "ERASURES_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/erasures",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_METRICS_NAMESPACE": "ExpenseTracker",
    "TABLE_NAME": TABLE,
    "USER_POOL_CLIENT_ID": CLIENT_ID,
}
COFFEE: dict[str, Any] = {
    "date": "2026-03-14",
    "amount": "4.50",
    "currency": "EUR",
    "category": "coffee",
    "merchant": "Corner Café",
}
URL = "https://api.example/_aws/execute-api/abc/v1"


@dataclass(frozen=True)
class Reply:
    """What a function answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def pointers(self) -> list[str]:
        """The fields a refusal names."""
        return [error["pointer"] for error in self.json.get("errors") or []]


@dataclass(frozen=True)
class FrontDoor:
    """API Gateway as one signed-in user meets it."""

    claims: Mapping[str, str] = field(default_factory=lambda: claims_of(secrets.token_hex(8)))

    def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str | list[str]] | None = None,
        **changes: Any,
    ) -> Reply:
        """Send a request; ``body`` is text, or a document to write as JSON. ``changes`` go into the event."""
        route, parameters = matched(method, urlsplit(target).path)
        text = body if isinstance(body, str | None) else json.dumps(body)
        event = {**proxy_event(route, parameters, target, text, headers or {}, self.claims), **changes}
        answered = function(route.function)(event, None)
        several = answered.get("multiValueHeaders") or {}
        one = {
            **(answered.get("headers") or {}),
            **{name: ",".join(values) for name, values in several.items()},
        }
        lowered = {name.lower(): value for name, value in one.items()}
        return Reply(answered["statusCode"], lowered, answered.get("body") or "")

    def create(self, headers: Mapping[str, str] | None = None, **fields: Any) -> dict[str, Any]:
        """A new expense: COFFEE but for ``fields``."""
        reply = self.call("POST", "/expenses", {**COFFEE, **fields}, headers)
        assert reply.status == 201, reply.text
        return dict(reply.json)

    def all(self) -> list[Any]:
        """The first page of the list."""
        return list(self.call("GET", "/expenses").json["items"])


def claims_of(sub: str) -> dict[str, str]:
    """The claims of an ID token as the authorizer hands them on."""
    return {
        "sub": sub,
        "cognito:username": sub,
        "aud": CLIENT_ID,
        "token_use": "id",
        "email": f"{sub}@example.com",
        "auth_time": str(int(time.time())),
        "iat": "Wed Nov 25 04:00:00 UTC 2026",
    }


def matched(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a path, a fixed part before a parameter, as API Gateway has it."""
    for route in sorted(ROUTES, key=lambda each: "{" in each.path):
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]*)", route.path)
        if route.method == method and (match := re.fullmatch(pattern + "/?", path)):
            return route, match.groupdict()
    raise LookupError(f"no route {method} {path}")


def proxy_event(
    route: Route,
    parameters: Mapping[str, str],
    target: str,
    body: str | None,
    headers: Mapping[str, str | list[str]],
    claims: Mapping[str, str],
) -> dict[str, Any]:
    """An event of a REST API's proxy integration, with lower-cased headers as one local target sends them."""
    path, query = urlsplit(target).path, parse_qs(urlsplit(target).query, keep_blank_values=True)
    several = {name.lower(): value if isinstance(value, list) else [value] for name, value in headers.items()}
    return {
        "resource": route.path,
        "path": path,
        "httpMethod": route.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "stage": "v1",
            "path": f"/v1{path}",
            "resourcePath": route.path,
            "httpMethod": route.method,
            **({} if route.public else {"authorizer": {"claims": dict(claims)}}),
        },
        "body": body,
        "isBase64Encoded": False,
    }


def function(name: str) -> Any:
    """The handler of a function, imported as Lambda does, in its own environment."""
    with patch.dict(os.environ, ENVIRONMENT):
        return importlib.import_module(f"handlers.functions.{name}").handler


@functools.cache
def dynamodb() -> Any:
    """One client for all tests: making one costs more than most tests."""
    return boto3.client("dynamodb")


def create_table() -> None:
    """The table as the topology declares it."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    dynamodb().create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "by_date")],
        KeySchema=[*keys, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by_date",
                "KeySchema": [*keys, {"AttributeName": "by_date", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def items() -> list[dict[str, Any]]:
    """Everything in the table."""
    return list(dynamodb().scan(TableName=TABLE)["Items"])


def in_base64(content: bytes) -> dict[str, Any]:
    """The body of an event as a gateway sends what it takes for binary."""
    return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
