"""The eraser: nothing of a user is left, whatever fails, however often it is told, and nobody else is touched."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Self
from unittest.mock import patch

import pytest
from moto import mock_aws

from handlers.runtime.events import RecordsFailed
from handlers.store import client as clients
from handlers.store import keys
from handlers.store.account.closing import is_closed
from handlers.store.account.profiles import Profiles
from handlers.store.expenses.bulk import write_many
from handlers.store.receipts.objects import s3
from handlers.store.table.partition import Partition
from tests.unit.front_door import ENVIRONMENT, TABLE, create_table, items
from tests.unit.table import kept

BUCKET, ROWS = "receipts-bucket", 26
"""One row more than one batch takes."""
SETTINGS = {**ENVIRONMENT, "BUCKET_NAME": BUCKET, "USER_POOL_ID": "-", "SETTLE_SECONDS": "0"}
DELIVERIES = 10
"""After which a message would be in the dead-letter queue of these tests."""


class Context:
    """Of an invocation that has time to begin so many batches."""

    def __init__(self, batches: int = 10_000) -> None:
        self.left = batches

    def get_remaining_time_in_millis(self) -> int:
        self.left -= 1
        return 60_000 if self.left >= 0 else 100


@dataclasses.dataclass
class World:
    """Two users with rows and objects, one of whom is to be erased."""

    eraser: ModuleType
    pool: str
    ann: str
    bob: str

    def somebody_with_data(self, name: str) -> str:
        """A new user; the sub."""
        made = clients.cognito().admin_create_user(UserPoolId=self.pool, Username=f"{name}@example.com")["User"]
        sub = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
        fill(sub)
        return str(sub)

    def deliver(self, body: str = "", context: Context | None = None) -> bool:
        """Give the message to the function once; whether it is done with."""
        event = {"Records": [{"messageId": "m-1", "body": body or json.dumps({"sub": self.ann})}]}
        answer = self.eraser.handler(event, context or Context())
        assert answer["batchItemFailures"] in ([], [{"itemIdentifier": "m-1"}])
        return not answer["batchItemFailures"]

    def redeliver(self) -> None:
        """As SQS does until the function is done with it."""
        for _ in range(DELIVERIES):
            with contextlib.suppress(RecordsFailed):
                if self.deliver():
                    return
        raise AssertionError(f"not done after {DELIVERIES} deliveries")

    def settle(self, seconds: int) -> None:
        """Let requests of before the closing go on for so long."""
        settings = self.eraser.SETTINGS
        self.eraser.SETTINGS = dataclasses.replace(settings, settle_seconds=str(seconds))  # type: ignore[attr-defined]

    def left_of(self, sub: str) -> list[str]:
        """Everything anywhere that names ``sub``."""
        versions = s3().list_object_versions(Bucket=BUCKET)
        objects = [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]
        users = clients.cognito().list_users(UserPoolId=self.pool)["Users"]
        everything = [json.dumps(each, default=str) for each in (*items(), *objects, *users)]
        return [each for each in everything if sub in each]


@pytest.fixture
def world() -> Iterator[World]:
    with patch.dict(os.environ, SETTINGS), mock_aws():
        yield make_world()


def make_world() -> World:
    create_table()
    cognito = clients.cognito()
    s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    pool = cognito.create_user_pool(PoolName="users", UsernameAttributes=["email"])["UserPool"]["Id"]
    from handlers.functions import eraser

    eraser.SETTINGS = dataclasses.replace(eraser.SETTINGS, user_pool_id=pool, settle_seconds="0")
    world = World(eraser, pool, "", "")
    world.ann, world.bob = (world.somebody_with_data(name) for name in ("ann", "bob"))
    return world


def fill(sub: str) -> None:
    """Rows of several kinds, and objects with older versions and a marker."""
    write_many(Partition(clients.dynamodb(), TABLE, sub), [kept(f"01JD8Z3N5T9Q4V7XK2M6R0B{n:03}") for n in range(ROWS)])
    Profiles(Partition(clients.dynamodb(), TABLE, sub)).read("a@example.com")
    for prefix in keys.objects(sub):
        for version in (b"old", b"new"):
            s3().put_object(Bucket=BUCKET, Key=f"{prefix}one", Body=version)
        s3().put_object(Bucket=BUCKET, Key=f"{prefix}two", Body=b"gone")
        s3().delete_object(Bucket=BUCKET, Key=f"{prefix}two")


def test_nothing_is_left_of_a_user_and_everything_of_another(world: World) -> None:
    bobs = world.left_of(world.bob)
    assert len(world.left_of(world.ann)) > ROWS
    assert world.deliver()
    assert world.left_of(world.ann) == []
    assert world.left_of(world.bob) == bobs


def test_the_account_is_closed_by_the_eraser_and_remembered_for_a_day(world: World) -> None:
    world.deliver()
    assert is_closed(clients.dynamodb(), TABLE, world.ann)
    (item,) = [item for item in items() if item["pk"]["S"].startswith("CLOSED#")]
    lives = int(item["expires_at"]["N"]) - int(item["closed_at"]["N"])
    assert 86_400 <= lives < 86_500


def test_what_a_request_in_flight_wrote_after_the_first_look_is_found_by_the_last(world: World) -> None:
    world.settle(3600)
    assert not world.deliver()
    assert world.left_of(world.ann) == []
    fill(world.ann)
    assert not world.deliver(), "requests of before the closing may still run"
    fill(world.ann)
    world.settle(0)
    assert world.deliver()
    assert world.left_of(world.ann) == []


def test_a_message_that_comes_twice_changes_nothing(world: World) -> None:
    assert world.deliver()
    before = [item for item in items() if not item["pk"]["S"].startswith("CLOSED#")]
    assert world.deliver()
    assert [item for item in items() if not item["pk"]["S"].startswith("CLOSED#")] == before


def test_an_account_too_large_for_one_run_is_erased_in_several(world: World) -> None:
    runs = 1
    while not world.deliver(context=Context(batches=2)):
        runs += 1
        assert runs < DELIVERIES
    assert runs > 2
    assert world.left_of(world.ann) == []


class _Died(Exception):  # noqa: N818
    pass


class _Failing:
    """Dies at the call of this number, before it is made or when its answer is lost."""

    def __init__(self, at: int, *, lost: bool) -> None:
        self.left, self.when = at, "after-call" if lost else "before-call"

    def __enter__(self) -> Self:
        for each in self._clients():
            each.meta.events.register_first(self.when, self, unique_id="dies")
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._clients():
            each.meta.events.unregister(self.when, unique_id="dies")

    def __call__(self, **_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise _Died

    def _clients(self) -> tuple[Any, ...]:
        return clients.dynamodb(), s3(), clients.cognito()


@pytest.mark.parametrize("lost", [False, True], ids=["before the call", "when its answer is lost"])
def test_an_erasing_that_dies_at_any_call_is_finished_by_the_next_deliveries(world: World, lost: bool) -> None:
    calls, died = 0, True
    bobs = world.left_of(world.bob)
    while died:
        calls += 1
        world.ann = world.somebody_with_data(f"ann{calls}")
        with _Failing(calls, lost=lost) as failing:
            try:
                died = not world.deliver()
            except RecordsFailed:
                died = True
            assert died == (failing.left <= 0)
            world.redeliver()
        assert world.left_of(world.ann) == []
        assert world.left_of(world.bob) == bobs
    assert calls > 10, "close, login, rows, objects of three prefixes, and the end"


def test_versions_that_s3_refuses_to_delete_are_a_failure(world: World) -> None:
    refused = {"Errors": [{"Key": "users/x", "Code": "AccessDenied", "Message": "no"}]}
    with patch.object(s3(), "delete_objects", return_value=refused), pytest.raises(RecordsFailed):
        world.deliver()
    world.redeliver()
    assert world.left_of(world.ann) == []


def test_a_message_that_names_nobody_fails_and_erases_nothing(world: World) -> None:
    before = world.left_of("")
    for body in (
        " ",
        "junk",
        "{}",
        '{"sub": ""}',
        '{"sub": "a/b"}',
        '{"sub": 5}',
        '{"sub": "a", "x": 1}',
        '{"sub": "a\\n"}',
    ):
        with pytest.raises(RecordsFailed):
            world.deliver(body)
        assert world.left_of("") == before, body


def test_a_failure_tells_neither_whose_account_it_is_nor_what_aws_said(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (handler,) = logging.getLogger("eraser").handlers
    with (
        patch.object(handler, "stream", sys.stdout),
        _Failing(2, lost=False),
        pytest.raises(RecordsFailed) as failed,
    ):
        world.deliver()
    printed = capsys.readouterr().out
    assert '"error":"_Died"' in printed
    assert world.ann not in printed + str(failed.value)


def test_a_deployer_that_asks_whether_it_starts_erases_nothing(world: World) -> None:
    before = world.left_of("")
    world.eraser.handler({"warm": True}, Context())
    assert world.left_of("") == before
