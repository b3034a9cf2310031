"""A network between the functions of events and what they write to, in which every request fails in every way first.

The functions' own code runs here, with the emulator behind a proxy; each event is brought again, as Lambda and SQS do,
until it is dealt with. In the end objects, rows and users are counted: as many as if nothing had failed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handlers.store.account.erasure import Eraser
from handlers.store.errors import StoreError
from handlers.store.receipts.objects import Objects
from handlers.store.table.partition import Partition
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.e2e.proxy import Fate, Proxy, proxy
from tests.e2e.receipts import Wallet, send
from tests.e2e.test_account_deletion import left_of
from tests.unit import files
from tests.unit.receipts import processor_class

pytestmark = [pytest.mark.usefixtures("no_dead_letters"), pytest.mark.deep]
# The brief tests of the same promises are in tests/unit/test_processor.py and tests/unit/test_erasure.py.

WAYS = (Fate.INTERNAL, Fate.SLOW_DOWN, Fate.CLOSED, Fate.LOST)
TIMES = 15
"""So often each operation fails before it goes through for good: every request of it has then failed in every way."""
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=10)


def each_way_first(_: str, before: int) -> Fate:
    """Four failures, then a success, and again."""
    at = before % (len(WAYS) + 1)
    return Fate.PASSED if before >= TIMES or at == len(WAYS) else WAYS[at]


@contextmanager
def not_called(stack: Stack) -> Iterator[None]:
    """Uploads call nobody meanwhile."""
    s3, bucket = stack.client("s3"), stack.outputs["receipts_bucket"]
    found = s3.get_bucket_notification_configuration(Bucket=bucket)
    found.pop("ResponseMetadata")
    silent: dict[str, Any] = {}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=silent)
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=found)


def brought_again(deal: Callable[[], Any], most: int = 400) -> Any:
    """Deal with an event until nothing fails any more."""
    for _ in range(most):
        try:
            return deal()
        except (BotoCoreError, ClientError, StoreError):
            continue
    raise AssertionError(f"not dealt with after {most} times")


@pytest.fixture
def through(stack: Stack) -> Iterator[tuple[Proxy, Callable[[str], Any]]]:
    """The proxy, and clients that talk through it and try once."""
    with proxy(stack.outputs["endpoint_url"], each_way_first) as (made, url):

        def client(service: Any) -> Any:
            session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
            return session.client(service, endpoint_url=url, config=ONCE)

        yield made, client


def test_every_request_of_an_inspection_fails_in_every_way_and_nothing_is_lost_or_there_twice(
    stack: Stack, home: Path, through: tuple[Proxy, Callable[[str], Any]]
) -> None:
    made, client = through
    mine, good, bad = Wallet.of(stack), files.photo(size=(140, 90)), b"<html>"
    expense = mine.api.create()
    with not_called(stack):
        asked = [mine.ask(expense, data) for data in (good, good, bad)]
        for each, data in zip(asked, (good, good, bad), strict=True):
            assert send(each["upload"], data).status_code == 204
        objects = Objects(client("s3"), stack.outputs["receipts_bucket"])
        processor = processor_class()(client("dynamodb"), stack.outputs["table_name"], objects, lambda _: None)
        for each in (*asked, *asked):
            brought_again(functools.partial(processor.process, mine.key(each["receipt"]), None))

    first, second, refused = (mine.settled(each["receipt"]) for each in asked)
    assert (first["status"], second["status"], refused["status"]) == ("ready", "ready", "rejected")
    assert {first["duplicate_of"], second["duplicate_of"]} == {None, first["id"]}
    assert len(mine.objects()) == 2
    assert mine.api.get(f"/expenses/{expense['id']}")["receipt_count"] == 2
    assert run("verify", "--home", str(home))[0] == 0
    assert min(made.dealt[way] for way in WAYS) > 10


def test_every_request_of_an_erasing_fails_in_every_way_and_nothing_of_the_user_is_left(
    stack: Stack, through: tuple[Proxy, Callable[[str], Any]]
) -> None:
    made, client = through
    mine, stranger = Wallet.of(stack), Wallet.of(stack)
    for wallet in (mine, stranger):
        assert wallet.uploaded(wallet.api.create(), files.photo(size=(130, 90)))["status"] == "ready"
    theirs = stranger.stored(2)
    mine.stored(2)
    eraser = Eraser(
        Partition(client("dynamodb"), stack.outputs["table_name"], mine.user.sub),
        Objects(client("s3"), stack.outputs["receipts_bucket"]),
        client("cognito-idp"),
        stack.outputs["user_pool_id"],
        time_is_up=lambda: False,
    )

    brought_again(eraser.erase)

    assert left_of(stack, mine.user) == []
    assert stranger.objects() == theirs
    assert len(stranger.api.all()) == 1
    assert min(made.dealt[way] for way in WAYS) > 2
