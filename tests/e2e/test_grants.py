"""Granted = used: each function may do exactly what it does, in every situation that a test can bring it into.

One stack of its own is lived in: every route, every kind of file, a closed account. The emulator notes each question
that its IAM is asked. What was refused is a grant that is missing; what was never asked for is one too many.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.table.attributes import encode
from tests.e2e.api import STOCK, Stack
from tests.e2e.conftest import run
from tests.e2e.inventory import inventory, tagged
from tests.e2e.makers import told
from tests.e2e.receipts import Wallet, path_of, send, wait_until
from tests.e2e.recorded import Call, calls_of
from tests.unit import files

NAME = "grants"
BY_LAMBDA = "Lambda itself does it in the role's name, and this emulator asks no IAM for what it does itself"
TWO = ((83, 63), (84, 64))
"""Sizes of files of which two must be there: of a DeleteObjects the emulator's IAM sees versions from the second on."""
NEVER_ASKED = {
    ("*", "logs:CreateLogStream"): BY_LAMBDA,
    ("*", "logs:PutLogEvents"): BY_LAMBDA,
    ("processor", "sqs:SendMessage"): BY_LAMBDA,
    ("eraser", "sqs:ReceiveMessage"): BY_LAMBDA,
    ("eraser", "sqs:DeleteMessage"): BY_LAMBDA,
    ("eraser", "sqs:GetQueueAttributes"): BY_LAMBDA,
}
"""Actions that are granted and never asked for here, by function, and why."""

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published does not tell what its IAM was asked")


@pytest.fixture(scope="module")
def lived_in(stack: Stack, home: Path) -> Iterator[Stack]:
    """A second stack beside the shared one, in which everything has happened that can."""
    where = ("--name", NAME, "--home", str(home))
    assert run("apply", *where)[0] == 0
    made = told("outputs", *where)
    live_in(made)
    yield made
    assert run("destroy", *where, "--all")[0] == 0
    assert inventory(stack.client, f"{NAME}-") == []
    assert tagged(stack.client, NAME) == []


def live_in(stack: Stack) -> None:
    mine = Wallet.of(stack)
    spend(mine)
    keep_receipts(mine)
    assert mine.api.call("DELETE", "/profile?confirm=delete").status_code == 202
    wait_until(lambda: mine.objects() == [])
    wait_until(lambda: stack.client("cognito-idp").list_users(UserPoolId=stack.outputs["user_pool_id"])["Users"] == [])


def spend(mine: Wallet) -> None:
    """Every route that takes no file."""
    api = mine.api
    first = api.create(headers={"Idempotency-Key": "once"})
    assert api.create(headers={"Idempotency-Key": "once"}) == first
    changed = api.patch(first, merchant="Elsewhere", date="2026-02-01").json()
    assert api.delete(changed).status_code == 204
    assert api.call("POST", f"/expenses/{first['id']}/restore").status_code == 200
    api.all(limit=1)
    api.get(f"/expenses/{first['id']}")
    api.get("/reports/months/2026-03")
    api.get("/reports/trend")
    api.get("/profile")
    profile = api.call("PATCH", "/profile", json={"home_currency": "CHF"})
    assert (profile.status_code, profile.json()["home_currency"]) == (200, "CHF")
    httpx.get(f"{api.url}/health").raise_for_status()


def keep_receipts(mine: Wallet) -> None:
    """Files that are kept, stored already, rejected, removed, waited for, and left pending."""
    expense, data = mine.api.create(), files.photo(size=(80, 60))
    ready = mine.uploaded(expense, data)
    duplicate = mine.uploaded(expense, data)
    assert (ready["status"], duplicate["duplicate_of"]) == ("ready", ready["id"])
    for link in ("download_url", "thumbnail_url"):
        httpx.get(ready[link]).raise_for_status()
    assert mine.uploaded(expense, b"<html>", "image/png")["status"] == "rejected"
    pending = mine.ask(expense, files.photo(size=(81, 61)))["receipt"]
    mine.api.get(f"/expenses/{expense['id']}/receipts")
    unasked = mine.ask(expense, data)
    assert mine.api.call("DELETE", path_of(unasked["receipt"])).status_code == 204
    assert send(unasked["upload"], data).status_code == 204
    for each in (duplicate, ready, pending):
        assert mine.api.call("DELETE", path_of(each)).status_code == 204
    removed_half_way(mine, mine.uploaded(expense, files.photo(size=(82, 62))))
    for size in TWO:
        assert mine.uploaded(expense, files.photo(size=size))["status"] == "ready"
    not_inspected(mine, expense)


def removed_half_way(mine: Wallet, receipt: Any) -> None:
    """A removal that died before its objects were gone, found by an event that comes again."""
    dynamodb, table = mine.stack.client("dynamodb"), mine.stack.outputs["table_name"]

    def key(sort_key: str) -> Any:
        return encode({PARTITION_KEY: keys.partition(mine.user.sub), SORT_KEY: sort_key})

    dynamodb.update_item(
        TableName=table,
        Key=key(keys.receipt(receipt["expense_id"], receipt["id"])),
        UpdateExpression="SET #status = :deleting",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":deleting": {"S": "deleting"}},
    )
    dynamodb.delete_item(TableName=table, Key=key(keys.stored_file(receipt["sha256"])))
    assert mine.event(receipt) == ["ended"]
    assert mine.api.call("DELETE", path_of(receipt)).status_code == 204


def not_inspected(mine: Wallet, expense: Any) -> None:
    """Files that arrived and that nobody has looked into: one is removed, two are there when the account is closed."""
    silent: dict[str, Any] = {}
    mine.stack.client("s3").put_bucket_notification_configuration(
        Bucket=mine.stack.outputs["receipts_bucket"], NotificationConfiguration=silent
    )
    for size in (*TWO, (90, 90)):
        data = files.photo(size=size)
        asked = mine.ask(expense, data)
        assert send(asked["upload"], data).status_code == 204
    assert mine.api.call("DELETE", path_of(asked["receipt"])).status_code == 204


def granted(stack: Stack, function: str) -> set[tuple[str, str]]:
    """Action and resource, as IAM has them."""
    policies = stack.client("iam")
    try:
        found = policies.get_role_policy(RoleName=f"{NAME}-{function}-us-east-1", PolicyName="access")["PolicyDocument"]
    except policies.exceptions.NoSuchEntityException:
        return set()
    return {
        (action, resource)
        for statement in found["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def used(stack: Stack, function: str) -> set[Call]:
    return calls_of(stack.outputs["endpoint_url"], f"role/{NAME}-{function}-us-east-1/")


FUNCTIONS = ("eraser", "expenses", "processor", "profile", "public", "receipts", "reports")


def test_every_function_is_held_to_what_it_uses(lived_in: Stack) -> None:
    assert tuple(sorted(lived_in.outputs["functions"])) == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_grant_is_missing(lived_in: Stack, function: str) -> None:
    assert [call for call in used(lived_in, function) if not call.allowed] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_grant_is_unused(lived_in: Stack, function: str) -> None:
    calls = used(lived_in, function)
    unused = {
        (action, resource)
        for action, resource in granted(lived_in, function)
        if not any(call.action == action and fnmatch.fnmatchcase(call.resource, resource) for call in calls)
    }
    excused = {(action, resource) for action, resource in unused if reason(function, action)}
    assert sorted(unused - excused) == []


def test_every_excuse_is_needed(lived_in: Stack) -> None:
    """Every call so far needs none."""
    asked = {(function, call.action) for function in FUNCTIONS for call in used(lived_in, function)}
    granted_to = {(function, action) for function in FUNCTIONS for action, _ in granted(lived_in, function)}
    assert [key for key in NEVER_ASKED if key[0] != "*" and (key in asked or key not in granted_to)] == []


def reason(function: str, action: str) -> str | None:
    return NEVER_ASKED.get((function, action)) or NEVER_ASKED.get(("*", action))
