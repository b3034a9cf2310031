"""A client of the HTTP API that knows nothing but the outputs of a stack and ``interface.md``."""

from __future__ import annotations

import base64
import functools
import json
import os
import secrets
import ssl
from dataclasses import dataclass
from typing import Any

import boto3
import httpx

STOCK = os.environ.get("STACK_STOCK") == "1"
"""Whether MiniStack runs as published: it then has ids of its own for each part of a request, and no snapshots."""
TIMEOUT_SECONDS = 60.0
"""Of one request to the API. Long enough for twenty at once on a busy machine."""
PASSWORD = "Correct-horse-9-battery"
COFFEE: dict[str, Any] = {
    "date": "2026-03-14",
    "amount": "4.50",
    "currency": "EUR",
    "category": "coffee",
    "merchant": "Corner Café",
}


@dataclass(frozen=True)
class User:
    """A signed-in user."""

    email: str
    sub: str
    id_token: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class Stack:
    """A running stack, as its outputs tell."""

    outputs: dict[str, Any]

    @property
    def api_url(self) -> str:
        return str(self.outputs["api_url"])

    def client(self, service: Any) -> Any:
        """The administrator's client of an AWS service; on AWS with the credentials of the environment."""
        on_aws = self.outputs["target"] == "aws"
        return _client(service, self.outputs["region"], None if on_aws else self.outputs["endpoint_url"])

    def sign_up(self, email: str = "") -> User:
        """A new, confirmed user with tokens."""
        email = email or f"{secrets.token_hex(6)}@example.com"
        cognito, pool = self.client("cognito-idp"), self.outputs["user_pool_id"]
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        return self.log_in(email)

    def log_in(self, email: str, password: str = PASSWORD) -> User:
        """Tokens by e-mail and password."""
        result = self.client("cognito-idp").initiate_auth(
            ClientId=self.outputs["user_pool_client_id"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )["AuthenticationResult"]
        claims = claims_of(result["IdToken"])
        return User(email, claims["sub"], result["IdToken"], result["AccessToken"], result["RefreshToken"])

    def api(self, user: User | None = None) -> Api:
        """The API as one user sees it, or as nobody does."""
        return Api(self.api_url, user.id_token if user else None)


@functools.cache
def _client(service: Any, region: str, endpoint_url: str | None) -> Any:
    """Clients may be shared between threads, and making one costs as much as ten calls."""
    if endpoint_url is None:
        return boto3.client(service, region_name=region)
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@functools.cache
def certificates() -> ssl.SSLContext:
    """The certificates of httpx, read once: reading them costs as much as ten requests."""
    return httpx.create_ssl_context()


class Api:
    """One caller of the API. Every answer is checked for what holds for all of them."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, verify=certificates())

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        response = self.http.request(method, self.url + path, **request)
        assert response.status_code < 500, response.text
        if response.status_code >= 400:
            check_problem(response)
        return response

    def create(self, headers: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
        """A new expense; COFFEE but for ``fields``."""
        response = self.call("POST", "/expenses", json={**COFFEE, **fields}, headers=headers or {})
        assert response.status_code == 201, response.text
        return dict(response.json())

    def get(self, path: str, **request: Any) -> Any:
        """The body of a successful GET."""
        response = self.call("GET", path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    def patch(self, expense: dict[str, Any], **changes: Any) -> httpx.Response:
        """Change an expense as it was seen."""
        headers = {"If-Match": f'"{expense["version"]}"'}
        return self.call("PATCH", f"/expenses/{expense['id']}", json=changes, headers=headers)

    def delete(self, expense: dict[str, Any]) -> httpx.Response:
        """Delete an expense as it was seen."""
        return self.call("DELETE", f"/expenses/{expense['id']}", headers={"If-Match": f'"{expense["version"]}"'})

    def all(self, **parameters: Any) -> list[dict[str, Any]]:
        """Every expense of a list, page by page."""
        items: list[dict[str, Any]] = []
        while True:
            page = self.get("/expenses", params=parameters)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            parameters["cursor"] = page["next_cursor"]


def check_problem(response: httpx.Response) -> None:
    """A refusal is a problem, whoever made it, and carries the request id of the logs."""
    assert response.headers["content-type"].partition(";")[0] == "application/problem+json", response.text
    problem = response.json()
    assert {"type", "title", "status", "detail", "instance", "code"} <= problem.keys(), problem
    assert problem["status"] == response.status_code
    assert problem["instance"] == response.headers["x-amzn-requestid"] or STOCK
    assert "Traceback" not in response.text
    for error in problem.get("errors") or []:
        assert {"pointer", "code", "detail"} == error.keys()


def pointers(response: httpx.Response) -> list[str]:
    """The fields a refusal names."""
    return [error["pointer"] for error in response.json().get("errors") or []]


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, unverified."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
