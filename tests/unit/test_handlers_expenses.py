"""The expenses' function, from the gateway's event to its answer, with the table behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import patch
from urllib.parse import urljoin

import pytest
from moto import mock_aws

from tests.unit.front_door import COFFEE, ENVIRONMENT, URL, FrontDoor, create_table

NONE = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        yield FrontDoor()


def test_a_created_expense_can_be_read_at_its_location(door: FrontDoor) -> None:
    made = door.call("POST", "/expenses", COFFEE)
    assert (made.status, made.headers["etag"]) == (201, '"1"')
    where = urljoin(f"{URL}/expenses", made.headers["location"])
    assert where == f"{URL}/expenses/{made.json['id']}"
    read = door.call("GET", where.removeprefix(URL))
    assert (read.status, read.json, read.headers["etag"]) == (200, made.json, '"1"')


@pytest.mark.parametrize("path", ["/expenses", "/expenses/"])
@pytest.mark.parametrize("base", [URL, "https://abc.execute-api.eu-central-1.amazonaws.com/v1", "https://api.example"])
def test_a_location_resolves_under_every_address_of_the_stage(door: FrontDoor, base: str, path: str) -> None:
    made = door.call("POST", path, COFFEE)
    assert urljoin(base + path, made.headers["location"]) == f"{base}/expenses/{made.json['id']}"


def test_every_private_answer_is_kept_by_nobody_and_readable_by_the_web_client(door: FrontDoor) -> None:
    for reply in (door.call("POST", "/expenses", COFFEE), door.call("GET", f"/expenses/{NONE}")):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["access-control-allow-origin"] == ENVIRONMENT["CORS_ORIGIN"]
        assert {"ETag", "Location", "Idempotent-Replayed"} <= set(
            reply.headers["access-control-expose-headers"].split(",")
        )
        assert reply.headers["vary"] == "Origin"
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_repeated_create_repeats_the_answer_however_it_is_written(door: FrontDoor) -> None:
    key = {"Idempotency-Key": "k"}
    first = door.call("POST", "/expenses", COFFEE, key)
    again = door.call("POST", "/expenses", dict(reversed(COFFEE.items())), key)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status, again.text) == (first.status, first.text)
    assert all(again.headers[name] == first.headers[name] for name in ("etag", "location"))
    assert len(door.all()) == 1


def test_a_key_used_for_another_body_is_refused_and_named(door: FrontDoor) -> None:
    door.create({"Idempotency-Key": "k"})
    refused = door.call("POST", "/expenses", {**COFFEE, "amount": "9.00"}, {"Idempotency-Key": "k"})
    assert (refused.status, refused.json["code"]) == (422, "idempotency_key_reused")
    assert refused.pointers == ["/header/Idempotency-Key"]


def test_a_refused_create_does_not_use_up_its_key(door: FrontDoor) -> None:
    key = {"Idempotency-Key": "k"}
    assert door.call("POST", "/expenses", {**COFFEE, "amount": "0"}, key).status == 422
    assert door.call("POST", "/expenses", COFFEE, key).status == 201


@pytest.mark.parametrize("held", ['"1"', 'W/"1"', '"7", W/"1"', "*"])
def test_what_a_client_has_is_not_sent_again(door: FrontDoor, held: str) -> None:
    path = f"/expenses/{door.create()['id']}"
    reply = door.call("GET", path, headers={"If-None-Match": held})
    assert (reply.status, reply.text, reply.headers["etag"]) == (304, "", '"1"')


@pytest.mark.parametrize("held", ['"2"', "1", "", '"1'])
def test_what_a_client_has_not_is_sent(door: FrontDoor, held: str) -> None:
    assert door.call("GET", f"/expenses/{door.create()['id']}", headers={"If-None-Match": held}).status == 200


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_a_merge_patch_changes_what_it_names_and_nothing_else(door: FrontDoor, media_type: str) -> None:
    made = door.create(note="first", tags=["a"])
    headers = {"If-Match": '"1"', "Content-Type": media_type}
    reply = door.call("PATCH", f"/expenses/{made['id']}", {"amount": "6", "note": None}, headers)
    assert (reply.status, reply.headers["etag"]) == (200, '"2"')
    changed = {"amount": "6.00", "note": None, "version": 2, "updated_at": reply.json["updated_at"]}
    assert reply.json == {**made, **changed}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("if_match", "status"),
    [(None, 428), ("", 400), ("*", 400), ("1", 400), ('"1', 400), ('"9"', 412), ('W/"1"', 412), ('"x"', 412)],
)
def test_a_change_needs_the_version_it_was_made_from(
    door: FrontDoor, method: str, if_match: str | None, status: int
) -> None:
    made = door.create()
    headers = {} if if_match is None else {"If-Match": if_match}
    reply = door.call(method, f"/expenses/{made['id']}", {"note": "x"}, headers)
    assert reply.status == status
    assert reply.pointers == ([] if status == 412 else ["/header/If-Match"])
    assert door.all() == [made]


@pytest.mark.parametrize("if_match", ['"8", "1"', ['"8"', '"1"']])
def test_any_of_several_versions_will_do(door: FrontDoor, if_match: str | list[str]) -> None:
    path = f"/expenses/{door.create()['id']}"
    assert door.call("PATCH", path, {"note": "x"}, {"If-Match": if_match}).status == 200


def test_a_deleted_expense_is_gone_until_it_is_restored(door: FrontDoor) -> None:
    made = door.create()
    path = f"/expenses/{made['id']}"
    deleted = door.call("DELETE", path, headers={"If-Match": '"1"'})
    assert (deleted.status, deleted.text) == (204, "")
    assert door.call("GET", path).status == 404
    assert door.call("DELETE", path, headers={"If-Match": '"2"'}).status == 404
    restored = door.call("POST", f"{path}/restore")
    assert (restored.status, restored.json["merchant"]) == (200, made["merchant"])
    assert restored.headers["etag"] == f'"{restored.json["version"]}"'
    assert door.call("POST", f"{path}/restore").json == restored.json


def test_a_list_is_read_page_by_page_to_its_end(door: FrontDoor) -> None:
    for day in range(1, 6):
        door.create(date=f"2026-03-0{day}")
    days, cursor = [], ""
    while cursor is not None:
        page = door.call("GET", f"/expenses?limit=2{cursor and '&cursor=' + cursor}").json
        days += [each["date"][-2:] for each in page["items"]]
        cursor = page["next_cursor"]
    assert days == ["05", "04", "03", "02", "01"]


@pytest.mark.parametrize(("method", "target"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/restore")])
def test_another_users_expense_does_not_exist(door: FrontDoor, method: str, target: str) -> None:
    made, stranger = door.create(), FrontDoor()
    headers = {"If-Match": '"1"'}
    assert stranger.call(method, f"/expenses/{made['id']}{target}", {"note": 5}, headers).status == 404
    theirs = stranger.call(method, f"/expenses/{made['id']}{target}", {"note": "x"}, headers)
    nobodys = stranger.call(method, f"/expenses/{NONE}{target}", {"note": "x"}, headers)
    assert theirs.status == 404
    assert theirs.text == nobodys.text
    assert door.all() == [made]
