"""The receipts' routes, as a client meets them: promises, forms, links, waiting."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urljoin, urlsplit

import boto3
import pytest
from moto import mock_aws

from handlers.contract.receipt import LINK_LIFE, MAX_RECEIPTS, MAX_SIZE
from handlers.inspection.verdict import Facts
from handlers.store import keys
from handlers.store.receipts.objects import Objects
from tests.unit.front_door import BUCKET, ENVIRONMENT, TABLE, URL, FrontDoor, create_table, dynamodb
from tests.unit.receipts import NO_EXPENSE, PHOTO, processor_class

LUNCH: dict[str, Any] = {
    "filename": 'Füße "1".jpg',
    "content_type": "image/jpeg",
    "size": len(PHOTO),
    "sha256": hashlib.sha256(PHOTO).hexdigest(),
}


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        place = {"LocationConstraint": "eu-central-1"}
        bucket = boto3.client("s3")
        bucket.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)  # type: ignore[arg-type]
        bucket.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield FrontDoor()


@pytest.fixture
def receipts(door: FrontDoor) -> str:
    """The path of the receipts of an expense."""
    return f"/expenses/{door.create()['id']}/receipts"


def asked(door: FrontDoor, receipts: str, **fields: Any) -> Any:
    reply = door.call("POST", receipts, {**LUNCH, **fields})
    assert reply.status == 201, reply.text
    return reply.json


def upload(door: FrontDoor, receipt: Any, data: bytes = PHOTO, facts: Facts | None = None) -> None:
    """What a client and S3 do."""
    key = keys.upload_object(keys.UploadKey(door.claims["sub"], receipt["expense_id"], receipt["id"]))
    bucket = boto3.client("s3")
    bucket.put_object(Bucket=BUCKET, Key=key, Body=data)
    found = facts or Facts(width=4, height=3, thumbnail=b"small")
    processor_class()(dynamodb(), TABLE, Objects(bucket, BUCKET), lambda _: None, lambda *_: found).process(key, None)


def test_an_ask_answers_a_pending_receipt_at_its_location_and_a_form(door: FrontDoor, receipts: str) -> None:
    reply = door.call("POST", receipts, LUNCH)
    receipt, form = reply.json["receipt"], reply.json["upload"]
    assert {name: receipt[name] for name in LUNCH} == LUNCH
    assert (receipt["status"], receipt["reason"], receipt["download_url"]) == ("pending", None, None)
    assert set(receipt) == {
        "id", "expense_id", "status", "reason", "filename", "content_type", "size", "sha256", "width", "height",
        "pages", "taken_at", "duplicate_of", "download_url", "thumbnail_url", "expires_at", "created_at",
    }  # fmt: skip
    assert set(form) == {"url", "fields", "expires_at"}
    where = urljoin(URL + receipts, reply.headers["location"])
    assert door.call("GET", where.removeprefix(URL)).json == receipt


def test_a_form_is_bound_to_key_type_size_hash_and_a_short_life(door: FrontDoor, receipts: str) -> None:
    made = asked(door, receipts)
    form = made["upload"]
    assert urlsplit(form["url"]).hostname == f"{BUCKET}.s3.eu-central-1.amazonaws.com"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    exact: dict[str, str] = {}
    ranges = []
    for condition in policy["conditions"]:
        if isinstance(condition, dict):
            exact |= condition
        else:
            ranges.append(condition)
    assert ranges == [["content-length-range", len(PHOTO), len(PHOTO)]]
    assert exact["key"] == f"users/{door.claims['sub']}/{made['receipt']['expense_id']}/{made['receipt']['id']}"
    assert exact["Content-Type"] == "image/jpeg"
    assert base64.b64decode(exact["x-amz-checksum-sha256"]).hex() == LUNCH["sha256"]
    assert exact["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert exact.keys() - {"bucket"} <= form["fields"].keys()
    assert LINK_LIFE <= 3600
    assert form["expires_at"] <= policy["expiration"]


def test_a_name_or_type_never_becomes_part_of_a_key(door: FrontDoor, receipts: str) -> None:
    assert "jpg" not in asked(door, receipts)["upload"]["fields"]["key"]


def test_a_ready_receipt_has_links_to_what_was_inspected_and_to_nothing_else(door: FrontDoor, receipts: str) -> None:
    receipt = asked(door, receipts)["receipt"]
    upload(door, receipt)
    read = door.call("GET", f"{receipts}/{receipt['id']}").json
    assert (read["status"], read["width"], read["height"]) == ("ready", 4, 3)
    download = urlsplit(read["download_url"])
    assert download.path == f"/receipts/{door.claims['sub']}/{LUNCH['sha256']}/{receipt['id']}"
    parameters = parse_qs(download.query)
    assert parameters["response-content-type"] == ["image/jpeg"]
    (disposition,) = parameters["response-content-disposition"]
    assert disposition == "attachment; filename=\"Fu__e _1_.jpg\"; filename*=UTF-8''F%C3%BC%C3%9Fe%20%221%22.jpg"
    assert int(parameters["X-Amz-Expires"][0]) <= 3600
    assert urlsplit(read["thumbnail_url"]).path.startswith("/thumbnails/")
    assert read["expires_at"]


def test_a_rejected_receipt_tells_why_and_has_no_link(door: FrontDoor, receipts: str) -> None:
    receipt = asked(door, receipts)["receipt"]
    upload(door, receipt, PHOTO + b"!")
    read = door.call("GET", f"{receipts}/{receipt['id']}").json
    assert (read["status"], read["reason"]) == ("rejected", "wrong_size")
    assert (read["download_url"], read["thumbnail_url"], read["expires_at"]) == (None, None, None)


def test_what_has_no_thumbnail_has_no_link_to_one(door: FrontDoor, receipts: str) -> None:
    receipt = asked(door, receipts)["receipt"]
    upload(door, receipt, facts=Facts(pages=1))
    read = door.call("GET", f"{receipts}/{receipt['id']}").json
    assert (read["pages"], read["thumbnail_url"]) == (1, None)
    assert read["download_url"]


def test_the_list_has_every_receipt_the_oldest_first(door: FrontDoor, receipts: str) -> None:
    made = [asked(door, receipts)["receipt"] for _ in range(3)]
    assert door.call("GET", receipts).json == {"items": made}
    assert door.call("GET", f"/expenses/{NO_EXPENSE}/receipts").status == 404


def test_whoever_waits_is_answered_when_it_is_ready_or_told_when_to_ask_again(
    door: FrontDoor, receipts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = asked(door, receipts)["receipt"]
    one = f"{receipts}/{receipt['id']}"
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            upload(door, receipt)

    monkeypatch.setattr("time.sleep", sleep)
    at_once = door.call("GET", one)
    assert (at_once.json["status"], at_once.headers["retry-after"], looks) == ("pending", "1", [])
    waited = door.call("GET", f"{one}?wait=10")
    assert (waited.json["status"], "retry-after" in waited.headers, len(looks)) == ("ready", False, 3)
    assert door.call("GET", f"{one}?wait=11").pointers == ["/query/wait"]
    assert door.call("GET", f"{one}?wait=x").status == 422


def test_removing_works_once(door: FrontDoor, receipts: str) -> None:
    receipt = asked(door, receipts)["receipt"]
    upload(door, receipt)
    one = f"{receipts}/{receipt['id']}"
    assert [door.call("DELETE", one).status for _ in range(2)] == [204, 404]
    assert "Versions" not in boto3.client("s3").list_object_versions(Bucket=BUCKET)


@pytest.mark.parametrize("receipt_id", ["x", "01JD8Z3N5T9Q4V7XK2M6R0BHW", "..", "%00"])
def test_an_id_that_is_no_ulid_is_not_found(door: FrontDoor, receipts: str, receipt_id: str) -> None:
    assert door.call("GET", f"{receipts}/{receipt_id}").status == 404


def test_another_users_receipt_does_not_exist(door: FrontDoor, receipts: str) -> None:
    receipt = asked(door, receipts)["receipt"]
    stranger = FrontDoor()
    own = stranger.create()["id"]
    for path in (f"{receipts}/{receipt['id']}", f"/expenses/{own}/receipts/{receipt['id']}"):
        assert stranger.call("GET", path).status == 404
        assert stranger.call("DELETE", path).status == 404
    assert stranger.call("POST", receipts, LUNCH).status == 404
    assert stranger.call("POST", receipts, {**LUNCH, "size": 0}).status == 404  # the body tells a stranger nothing
    assert door.call("GET", f"{receipts}/{receipt['id']}").status == 200


def test_an_eleventh_receipt_is_a_conflict_and_a_days_quota_says_when_it_ends(
    door: FrontDoor, receipts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MAX_RECEIPTS):
        asked(door, receipts)
    refused = door.call("POST", receipts, LUNCH)
    assert (refused.status, refused.json["code"]) == (409, "too_many_receipts")
    monkeypatch.setattr("handlers.store.receipts.receipts.MAX_UPLOADS", MAX_RECEIPTS)
    another = f"/expenses/{door.create()['id']}/receipts"
    refused = door.call("POST", another, LUNCH)
    assert (refused.status, refused.json["code"]) == (429, "too_many_uploads")
    assert 0 < int(refused.headers["retry-after"]) <= 86_400


def test_a_wrong_promise_is_refused_field_by_field_and_makes_nothing(door: FrontDoor, receipts: str) -> None:
    reply = door.call("POST", receipts, {"filename": "../x", "content_type": "text/html", "size": MAX_SIZE + 1})
    assert (reply.status, set(reply.pointers)) == (422, {"/filename", "/content_type", "/size", "/sha256"})
    assert door.call("GET", receipts).json == {"items": []}
