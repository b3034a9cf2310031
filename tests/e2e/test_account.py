"""Signing in with a maintained SRP client, refreshing, and the profile that makes itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from tests.e2e.api import PASSWORD, Api, Stack, User, claims_of

SRP = """
import boto3, json, sys
from pycognito import AWSSRP
pool, client_id, url, region, email, password = sys.argv[1:]
keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
client = boto3.client("cognito-idp", endpoint_url=url, region_name=region, **keys)
srp = AWSSRP(username=email, password=password, pool_id=pool, client_id=client_id, client=client)
print(json.dumps(srp.authenticate_user()["AuthenticationResult"]))
"""


def srp_login(stack: Stack, email: str, password: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the client patches nothing and shares nothing with the tests."""
    outputs = stack.outputs
    arguments = [
        outputs["user_pool_id"],
        outputs["user_pool_client_id"],
        outputs["endpoint_url"],
        outputs["region"],
    ]
    command = [sys.executable, "-c", SRP, *arguments, email, password]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ})


def test_a_maintained_srp_client_logs_in_and_its_token_opens_the_api(stack: Stack, user: User) -> None:
    done = srp_login(stack, user.email, PASSWORD)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    claims = claims_of(result["IdToken"])
    assert claims["sub"] == claims["cognito:username"] == user.sub
    assert claims["token_use"] == "id"
    assert Api(stack.api_url, result["IdToken"]).get("/profile")["email"] == user.email


def test_srp_refuses_a_wrong_password(stack: Stack, user: User) -> None:
    assert "NotAuthorizedException" in srp_login(stack, user.email, "Wrong-password-1!").stderr


def test_signing_up_needs_the_mailed_code_and_a_strong_password(stack: Stack) -> None:
    cognito, client_id = stack.client("cognito-idp"), stack.outputs["user_pool_client_id"]
    with pytest.raises(ClientError, match="InvalidPassword"):
        cognito.sign_up(ClientId=client_id, Username="weak@example.com", Password="short1!A")
    cognito.sign_up(ClientId=client_id, Username="new@example.com", Password=PASSWORD)
    with pytest.raises(ClientError, match="UserNotConfirmed"):
        stack.log_in("new@example.com")


def test_nobody_learns_whether_a_user_exists(stack: Stack, user: User) -> None:
    told = set()
    for email in (user.email, "nobody@example.com"):
        with pytest.raises(ClientError) as refusal:
            stack.log_in(email, "Wrong-password-1!")
        told.add(str(refusal.value))
    assert len(told) == 1


def test_a_refresh_token_gives_a_new_id_token(stack: Stack, user: User) -> None:
    result = stack.client("cognito-idp").initiate_auth(
        ClientId=stack.outputs["user_pool_client_id"],
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": user.refresh_token},
    )["AuthenticationResult"]
    assert Api(stack.api_url, result["IdToken"]).get("/expenses")["items"] == []


def test_a_profile_is_there_on_first_use(api: Api, user: User) -> None:
    profile = api.get("/profile")
    assert profile["email"] == user.email
    assert set(profile) == {
        "email", "display_name", "home_currency", "locale", "time_zone", "created_at", "updated_at"
    }  # fmt: skip
    assert api.get("/profile") == profile


def test_a_profile_changes_by_merge_patch(api: Api) -> None:
    before = api.get("/profile")
    changed = api.call(
        "PATCH",
        "/profile",
        json={"display_name": "Zoë", "home_currency": "CHF", "time_zone": "Europe/Zurich"},
    )
    assert changed.status_code == 200
    after = changed.json()
    assert (after["display_name"], after["home_currency"], after["locale"]) == (
        "Zoë",
        "CHF",
        before["locale"],
    )
    assert api.get("/profile") == after
    assert api.call("PATCH", "/profile", json={"display_name": None}).json()["display_name"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("home_currency", "EURO"),
        ("locale", "german"),
        ("time_zone", "Mars/Base"),
        ("display_name", ""),
        ("email", "x@y.z"),
        ("sub", "x"),
    ],
)
def test_a_wrong_profile_field_is_named(api: Api, field: str, value: str) -> None:
    response = api.call("PATCH", "/profile", json={field: value})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, f"/{field}")
