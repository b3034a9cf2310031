"""Access to the API: each route without a token, each function with each kind of wrong token, and no id of others.

``tests/unit/test_handlers_runtime.py`` proves for each route that its function trusts only the claims of our tokens,
and ``tests/unit/test_stack_api.py`` that each method has the authorizer.
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import httpx
import pytest

from handlers.contract.routes import ROUTES, Route
from tests.e2e.api import PASSWORD, Api, Stack, User

PROTECTED = [route for route in ROUTES if not route.public]
ONE_OF_EACH_FUNCTION = list({route.function: route for route in PROTECTED}.values())
PUBLIC = [route for route in ROUTES if route.public]
ID = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"


def path(route: Route, expense_id: str = ID) -> str:
    parts = {"{expense_id}": expense_id, "{receipt_id}": ID, "{month}": "2026-03"}
    return re.sub(r"\{\w+\}", lambda part: parts[part[0]], route.path)


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(token: str) -> str:
    """The same claims with ``alg: none`` and no signature (RFC 8725, 2.1)."""
    return f"{segment({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."


def tampered(token: str) -> str:
    """Another's claims under the same signature."""
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{head}.{segment({**claims, 'sub': 'someone-else'})}.{signature}"


@pytest.fixture(scope="module")
def nobody(stack: Stack) -> Api:
    """A caller without a token."""
    return stack.api()


@pytest.fixture(scope="module")
def somebody(stack: Stack) -> User:
    return stack.sign_up()


@pytest.fixture(scope="module")
def outsider(stack: Stack) -> str:
    """The ID token of a user of another pool of the same account."""
    cognito = stack.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another", UsernameAttributes=["email"])["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="another",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    return _token(cognito, pool, client, "outsider@example.com")


@pytest.fixture(scope="module")
def other_client(stack: Stack) -> str:
    """The ID token of a user of our pool for a client that is not ours."""
    cognito, pool = stack.client("cognito-idp"), stack.outputs["user_pool_id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="zz-not-ours",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    token = _token(cognito, pool, client, "elsewhere@example.com")
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)
    return token


@pytest.fixture(scope="module")
def expired(stack: Stack) -> str:
    """A token of the right pool whose life is over."""
    cognito, pool = stack.client("cognito-idp"), stack.outputs["user_pool_id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="zz-short",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        IdTokenValidity=1,
        AccessTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds", "AccessToken": "seconds"},
    )["UserPoolClient"]["ClientId"]
    token = _token(cognito, pool, client, "late@example.com")
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)
    time.sleep(2)
    return token


def _token(cognito: Any, pool: str, client: str, email: str) -> str:
    cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    auth = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    return str(auth["AuthenticationResult"]["IdToken"])


@pytest.mark.parametrize("route", PROTECTED, ids=name)
def test_no_route_opens_without_a_token(nobody: Api, route: Route) -> None:
    assert_unauthorized(nobody, route, {})


@pytest.mark.parametrize("route", ONE_OF_EACH_FUNCTION, ids=name)
@pytest.mark.parametrize(
    "kind",
    ["empty", "junk", "basic", "alg none", "tampered", "access", "refresh", "other pool", "other client", "expired"],
)
def test_no_function_takes_anything_but_a_valid_id_token(
    nobody: Api, somebody: User, outsider: str, other_client: str, expired: str, route: Route, kind: str
) -> None:
    authorization = {
        "empty": "",
        "junk": "Bearer junk",
        "basic": "Basic dXNlcjpwYXNz",
        "alg none": f"Bearer {unsigned(somebody.id_token)}",
        "tampered": f"Bearer {tampered(somebody.id_token)}",
        "access": f"Bearer {somebody.access_token}",
        "refresh": f"Bearer {somebody.refresh_token}",
        "other pool": f"Bearer {outsider}",
        "other client": f"Bearer {other_client}",
        "expired": f"Bearer {expired}",
    }[kind]
    assert_unauthorized(nobody, route, {"Authorization": authorization})


def assert_unauthorized(caller: Api, route: Route, headers: dict[str, str]) -> None:
    response = caller.call(route.method, path(route), headers=headers, json={} if route.body else None)
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_user_who_rewrote_their_sub_is_refused(stack: Stack, somebody: User) -> None:
    """The emulator lets users write their sub; the user name in the token shows it."""
    thief = stack.sign_up()
    stack.client("cognito-idp").update_user_attributes(
        AccessToken=thief.access_token, UserAttributes=[{"Name": "sub", "Value": somebody.sub}]
    )
    response = stack.api(stack.log_in(thief.email)).call("GET", "/expenses")
    assert response.status_code == 401


@pytest.mark.parametrize("route", PUBLIC, ids=name)
def test_the_public_routes_need_no_token(nobody: Api, route: Route) -> None:
    response = nobody.call(route.method, path(route))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(route.media_type)


@pytest.mark.parametrize("route", [route for route in PROTECTED if "{expense_id}" in route.path], ids=name)
def test_another_users_expense_does_not_exist(api: Api, stranger: Api, route: Route) -> None:
    mine = api.create()
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    response = stranger.call(route.method, path(route, mine["id"]), headers=headers, content=b'{"note":"seen"}')
    absent = stranger.call(route.method, path(route), headers=headers, content=b'{"note":"seen"}')
    assert response.status_code == absent.status_code == 404
    theirs, nobodys = response.json(), absent.json()
    assert {**theirs, "instance": ""} == {**nobodys, "instance": ""}
    assert api.get(f"/expenses/{mine['id']}") == mine


def test_another_users_list_report_and_cursor_are_out_of_reach(api: Api, stranger: Api) -> None:
    for day in ("01", "02", "03"):
        api.create(date=f"2026-03-{day}")
    cursor = api.get("/expenses", params={"limit": 1})["next_cursor"]
    assert stranger.get("/expenses")["items"] == []
    assert stranger.get("/reports/months/2026-03")["count"] == 0
    refused = stranger.call("GET", "/expenses", params={"limit": 1, "cursor": cursor})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PROPFIND"])
def test_an_unknown_method_is_refused(api: Api, method: str) -> None:
    assert api.call(method, "/reports/trend").status_code in {404, 405}


def test_an_unknown_path_is_a_problem_of_the_gateway(api: Api) -> None:
    response = api.call("GET", "/nothing/here")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_preflight_is_answered_without_a_lambda_for_the_configured_origin_only(stack: Stack) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PATCH"}
    response = httpx.options(f"{stack.api_url}/expenses/{ID}", headers=asked)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == stack.outputs["endpoint_url"]
    assert {"PATCH", "DELETE", "GET"} <= set(response.headers["access-control-allow-methods"].split(","))
    allowed = response.headers["access-control-allow-headers"].lower().split(",")
    assert {"authorization", "content-type", "idempotency-key", "if-match"} <= set(allowed)


def test_answers_and_refusals_carry_cors_and_are_not_cached(stack: Stack, api: Api) -> None:
    for response in (
        api.call("GET", "/expenses"),
        api.call("GET", f"/expenses/{ID}"),
        stack.api().call("GET", "/profile"),
    ):
        assert response.headers["access-control-allow-origin"] == stack.outputs["endpoint_url"]
        assert response.headers["cache-control"] == "no-store"
