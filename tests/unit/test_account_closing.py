"""Closing an account: asked for in words, by somebody who has just signed in, and shut at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from handlers.contract.routes import ROUTES
from handlers.store import client as clients
from tests.unit.front_door import ENVIRONMENT, FrontDoor, claims_of, create_table, items

CLOSE = "/profile?confirm=delete"
ID = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Any")


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        boto3.client("sqs").create_queue(QueueName="erasures")
        yield FrontDoor()


def messages() -> list[Any]:
    """What the eraser would be given."""
    answer = boto3.client("sqs").receive_message(QueueUrl=ENVIRONMENT["ERASURES_URL"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def signed_in(seconds_ago: int, **claims: str) -> FrontDoor:
    """Somebody whose login is so old."""
    return FrontDoor({**claims_of("somebody"), "auth_time": str(int(time.time()) - seconds_ago), **claims})


def test_a_closed_account_is_to_be_erased_and_its_token_opens_nothing_any_more(door: FrontDoor) -> None:
    door.create()
    closed = door.call("DELETE", CLOSE)
    assert (closed.status, closed.text) == (202, "")
    assert messages() == [{"sub": door.claims["sub"]}]
    for route in (route for route in ROUTES if not route.public):
        target = route.path.replace("{expense_id}", ID).replace("{month}", "2026-03")
        refused = door.call(route.method, target, {} if route.body else None)
        assert (refused.status, refused.json["code"]) == (401, "account_closed"), route.operation


def test_closing_again_is_refused_like_everything_else(door: FrontDoor) -> None:
    door.call("DELETE", CLOSE)
    assert door.call("DELETE", CLOSE).json["code"] == "account_closed"
    assert len(messages()) == 1


def test_other_accounts_stay_open(door: FrontDoor) -> None:
    door.call("DELETE", CLOSE)
    assert FrontDoor().call("GET", "/profile").status == 200


def test_what_remembers_the_closing_does_not_tell_whose_it_was(door: FrontDoor) -> None:
    door.call("DELETE", CLOSE)
    (item,) = items()
    assert "expires_at" not in item, "it must not end before the erasing has"
    assert door.claims["sub"] not in json.dumps(item)


@pytest.mark.parametrize(
    "query",
    ["", "?confirm=", "?confirm=yes", "?confirm=DELETE", "?confirm=delete&confirm=delete", "?confirm=delete%20"],
)
def test_without_the_word_nothing_is_closed(door: FrontDoor, query: str) -> None:
    refused = door.call("DELETE", f"/profile{query}")
    assert (refused.status, refused.pointers) == (422, ["/query/confirm"])
    assert (messages(), door.call("GET", "/profile").status) == ([], 200)


def test_a_login_of_five_minutes_ago_closes_and_an_older_one_does_not(door: FrontDoor) -> None:
    refused = signed_in(seconds_ago=330).call("DELETE", CLOSE)
    assert (refused.status, refused.json["code"]) == (401, "fresh_login_required")
    assert 'max_age="300"' in refused.headers["www-authenticate"]
    assert messages() == []
    assert signed_in(seconds_ago=270).call("DELETE", CLOSE).status == 202


def test_a_token_that_was_refreshed_just_now_is_not_a_new_login(door: FrontDoor) -> None:
    now = str(int(time.time()))
    assert signed_in(seconds_ago=3000, iat=now).call("DELETE", CLOSE).status == 401


@pytest.mark.parametrize("auth_time", ["", "yesterday", "-1", "١٢"])
def test_a_token_that_does_not_tell_when_it_was_issued_closes_nothing(door: FrontDoor, auth_time: str) -> None:
    assert signed_in(0, auth_time=auth_time).call("DELETE", CLOSE).status == 401


def test_an_account_stays_open_when_its_erasing_could_not_be_asked_for(door: FrontDoor) -> None:
    with patch.object(clients.sqs(), "send_message", side_effect=REFUSED):
        assert door.call("DELETE", CLOSE).status == 500
    assert door.call("GET", "/profile").status == 200
    assert door.call("DELETE", CLOSE).status == 202


def test_an_account_that_could_not_be_closed_is_erased_all_the_same(door: FrontDoor) -> None:
    with patch.object(clients.dynamodb(), "put_item", side_effect=REFUSED):
        assert door.call("DELETE", CLOSE).status == 500
    assert messages() == [{"sub": door.claims["sub"]}]
