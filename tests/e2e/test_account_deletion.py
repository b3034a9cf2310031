"""Deleting an account: shut at once, then erased until nothing anywhere names whose it was."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.domain.ulid import new_ulid
from handlers.store import keys
from handlers.store.expenses.bulk import write_many
from handlers.store.table.partition import Partition
from tests.e2e.api import Stack, User
from tests.e2e.conftest import run
from tests.e2e.srp import Person
from tests.unit.table import kept

if TYPE_CHECKING:
    from pathlib import Path

CLOSE = "/profile?confirm=delete"
LAST_DAY = date(2026, 3, 31)
PATIENCE_SECONDS = 300
PAUSE_SECONDS = 0.5
"""Between two searches through everything that the account has."""


def eventually(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(PAUSE_SECONDS)


def everything(stack: Stack) -> Iterator[Any]:
    """Every item of every table, every version and mark of every bucket, every user of every pool."""
    dynamodb, s3, cognito = stack.client("dynamodb"), stack.client("s3"), stack.client("cognito-idp")
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
            yield from (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
        for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool["Id"]):
            yield from page["Users"]


def left_of(stack: Stack, user: User) -> list[str]:
    """All that names the user, by ``sub`` or by address."""
    found = (json.dumps(each, default=str) for each in everything(stack))
    return [each for each in found if user.sub in each or user.email in each]


def fill(stack: Stack, user: User, rows: int, receipts: int) -> None:
    """Expenses through the bulk path, objects of each prefix, some of them with an older version or a mark."""
    days = (LAST_DAY - timedelta(days=number % 365) for number in range(rows))
    expenses = [kept(new_ulid(), date=day.isoformat()) for day in days]
    write_many(Partition(stack.client("dynamodb"), stack.outputs["table_name"], user.sub), expenses)
    s3, bucket = stack.client("s3"), stack.outputs["receipts_bucket"]
    for number in range(receipts):
        for prefix in keys.objects(user.sub)[1:]:  # what is under the first one is taken for an upload
            key = f"{prefix}{number:064}/{new_ulid()}"
            s3.put_object(Bucket=bucket, Key=key, Body=b"bytes")
            if number % 5 == 0:
                s3.put_object(Bucket=bucket, Key=key, Body=b"other bytes")
            if number % 7 == 0:
                s3.delete_object(Bucket=bucket, Key=key)


@contextlib.contextmanager
def redelivered_soon(stack: Stack, **attributes: str) -> Iterator[str]:
    """Let the queue of erasures bring messages again after two seconds; its address."""
    sqs, url = stack.client("sqs"), stack.outputs["queues"]["erasures"]
    names = ["VisibilityTimeout", *attributes]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2", **attributes})
    try:
        yield url
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def tombstone(stack: Stack, user: User) -> dict[str, Any]:
    """The item that marks the account as closed."""
    key = {PARTITION_KEY: {"S": keys.closed(user.sub)}, SORT_KEY: {"S": keys.CLOSED}}
    return dict(stack.client("dynamodb").get_item(TableName=stack.outputs["table_name"], Key=key).get("Item", {}))


@pytest.mark.parametrize(("rows", "receipts"), [(500, 15), pytest.param(5_000, 50, marks=pytest.mark.deep)])
def test_nothing_is_left_of_a_user_with_many_expenses_and_receipts(
    stack: Stack, user: User, rows: int, receipts: int
) -> None:
    fill(stack, user, rows, receipts)
    api, stranger = stack.api(user), stack.sign_up()
    theirs = stack.api(stranger).create()
    api.create(headers={"Idempotency-Key": "once"})
    api.get("/profile")
    assert len(left_of(stack, user)) > rows + 2 * receipts
    closed = api.call("DELETE", CLOSE)
    assert (closed.status_code, closed.content) == (202, b"")
    for method, path in (("GET", "/profile"), ("GET", "/expenses"), ("GET", "/reports/trend"), ("DELETE", CLOSE)):
        refused = api.call(method, path)
        assert (refused.status_code, refused.json()["code"]) == (401, "account_closed")
    eventually(lambda: not left_of(stack, user), "the account to be erased")
    assert stack.api(stranger).get(f"/expenses/{theirs['id']}") == theirs


def test_a_closed_account_gets_no_new_token_and_its_address_can_sign_up_again(stack: Stack) -> None:
    person = Person(stack, stack.sign_up().email).log_in()
    first = person.sub
    assert person.api().call("DELETE", CLOSE).status_code == 202

    def refused(login: Callable[[], object]) -> bool:
        try:
            login()
        except ClientError as error:
            return error.response["Error"]["Code"] == "NotAuthorizedException"
        return False

    eventually(lambda: refused(person.renew_access_token), "the refresh token to be dead")
    assert refused(person.another_device().log_in)
    again = person.another_device()
    again.sign_up()
    again.confirm_sign_up(again.mailed_code())
    assert again.log_in().sub != first
    assert again.api().get("/expenses")["items"] == []


@pytest.mark.deep
def test_a_late_write_is_erased_by_the_last_message(stack: Stack, user: User) -> None:
    """It takes 50 seconds: no function runs longer. `tests/unit/test_erasure.py` moves the clock instead."""
    with redelivered_soon(stack):
        stack.api(user).call("DELETE", CLOSE)
        eventually(lambda: not left_of(stack, user), "the first look")
        fill(stack, user, rows=30, receipts=3)
        eventually(lambda: "expires_at" in tombstone(stack, user), "the last look")
    assert left_of(stack, user) == []


def test_an_erasing_that_is_denied_half_way_goes_on_when_it_may(stack: Stack, user: User) -> None:
    fill(stack, user, rows=30, receipts=3)
    iam, role = stack.client("iam"), f"{stack.outputs['functions']['eraser']}-us-east-1"
    statement = {"Effect": "Deny", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with redelivered_soon(stack):
        iam.put_role_policy(RoleName=role, PolicyName="denied", PolicyDocument=policy)
        try:
            stack.api(user).call("DELETE", CLOSE)
            eventually(lambda: len(left_of(stack, user)) == len(objects_of(stack, user)), "rows and login to be gone")
            time.sleep(1)
            assert objects_of(stack, user)
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName="denied")
        eventually(lambda: not left_of(stack, user), "the rest to be erased")


def objects_of(stack: Stack, user: User) -> list[str]:
    return [each for each in left_of(stack, user) if '"VersionId"' in each]


def test_a_message_that_cannot_be_done_ends_among_the_dead_letters(stack: Stack) -> None:
    sqs, dead = stack.client("sqs"), stack.outputs["queues"]["dead_letters"]
    redrive = sqs.get_queue_attributes(QueueUrl=stack.outputs["queues"]["erasures"], AttributeNames=["RedrivePolicy"])
    policy = {**json.loads(redrive["Attributes"]["RedrivePolicy"]), "maxReceiveCount": 2}
    with redelivered_soon(stack, RedrivePolicy=json.dumps(policy)) as url:
        sqs.purge_queue(QueueUrl=url)  # accounts that other tests closed, which would be given up as well
        sqs.send_message(QueueUrl=url, MessageBody="of nobody")

        def dead_letter() -> bool:
            found = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0, MaxNumberOfMessages=10)
            for message in found.get("Messages", []):
                if message["Body"] == "of nobody":
                    sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
                    return True
            return False

        eventually(dead_letter, "the dead letter")


def test_the_command_line_erases_as_the_api_does(stack: Stack, home: Path, user: User) -> None:
    stack.api(user).create()
    assert run("user", "delete", user.email.upper(), "--home", str(home))[0] == 0
    eventually(lambda: not left_of(stack, user), "the account to be erased")
    assert stack.api(user).call("GET", "/expenses").status_code == 401
    assert run("user", "delete", user.email, "--home", str(home))[0] == 0, "already gone is success"


def test_what_is_left_of_somebody_who_deleted_only_their_login_can_be_erased(
    stack: Stack, home: Path, user: User
) -> None:
    stack.api(user).create()
    stack.client("cognito-idp").delete_user(AccessToken=user.access_token)
    assert left_of(stack, user)
    assert run("user", "delete", user.sub, "--home", str(home))[0] == 0
    eventually(lambda: not left_of(stack, user), "the account to be erased")


def test_of_several_requests_at_once_to_close_one_account_all_end_well(stack: Stack, user: User) -> None:
    fill(stack, user, rows=60, receipts=3)
    with ThreadPoolExecutor(8) as pool:
        closed = list(pool.map(lambda _: stack.api(user).call("DELETE", CLOSE).status_code, range(8)))
    assert 202 in closed
    assert set(closed) <= {202, 401}
    eventually(lambda: not left_of(stack, user), "the account to be erased")


@pytest.mark.parametrize("query", ["", "?confirm=yes"])
def test_without_the_word_nothing_happens(stack: Stack, user: User, query: str) -> None:
    refused = stack.api(user).call("DELETE", f"/profile{query}")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/confirm")
    assert stack.api(user).get("/expenses")["items"] == []
