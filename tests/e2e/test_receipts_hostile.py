"""Hostile uploads: none of it is served, none fails a function, none stays behind; each has a word for it."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from botocore.credentials import Credentials

from handlers.store.receipts import links
from handlers.store.receipts.links import Links
from tests.e2e.api import Stack, pointers
from tests.e2e.receipts import Wallet, path_of, send, wait_until
from tests.unit import files

HONEST = files.photo(size=(100, 80))
BAD: dict[str, tuple[bytes, str, str]] = {
    "truncated heic": (files.noise(300, 200, "HEIF")[:-2000], "image/heic", "undecodable"),
    "html as jpeg": (files.HTML, "image/jpeg", "type_mismatch"),
    "png bomb": (files.png_claiming(60_000, 60_000), "image/png", "too_many_pixels"),
    "400 megapixels": (files.jpeg_claiming(20_000, 20_000), "image/jpeg", "too_many_pixels"),
    "pdf with javascript": (files.document(script="app.alert(1)"), "application/pdf", "active_content"),
    "pdf with files inside": (files.document(files=True), "application/pdf", "active_content"),
    "script behind the end of a pdf": (
        files.document() + b"\n9 0 obj<</S/J#61vaScript>>endobj",
        "application/pdf",
        "active_content",
    ),
    "encrypted pdf": (files.encrypted_document(), "application/pdf", "encrypted"),
    "pdf of 101 pages": (files.document(101), "application/pdf", "too_many_pages"),
    "pdf whose pages never end": (files.heavy_document(), "application/pdf", "undecodable"),
}


@pytest.fixture(scope="module")
def wallet(stack: Stack) -> Wallet:
    return Wallet.of(stack)


@pytest.fixture
def expense(wallet: Wallet) -> Any:
    return wallet.api.create()


@pytest.fixture(autouse=True)
def _nothing_stays(wallet: Wallet) -> Any:
    """After each test: no object of this user."""
    yield
    assert wallet.stored(0) == []


def refused(wallet: Wallet, receipt: Any) -> str:
    """Why a receipt was rejected; it is served nowhere."""
    seen = wallet.settled(receipt)
    assert seen["status"] == "rejected"
    assert (seen["download_url"], seen["thumbnail_url"], seen["expires_at"]) == (None, None, None)
    assert wallet.api.get(f"/expenses/{seen['expense_id']}")["receipt_count"] == 0
    return str(seen["reason"])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_rejected_with_a_code(wallet: Wallet, expense: Any, name: str) -> None:
    data, content_type, reason = BAD[name]
    asked = wallet.ask(expense, data, content_type)
    assert send(asked["upload"], data).status_code == 204
    assert refused(wallet, asked["receipt"]) == reason


def test_other_bytes_than_promised_are_rejected(wallet: Wallet, expense: Any) -> None:
    """S3 itself refuses them on AWS; where it does not, the inspection does."""
    asked = wallet.ask(expense, HONEST)
    if send(asked["upload"], HONEST[:-1] + b"!").status_code == 204:
        assert refused(wallet, asked["receipt"]) == "wrong_hash"


@pytest.mark.parametrize("data", [b"", HONEST[:-1], HONEST + b"!", HONEST * 3], ids=["none", "less", "more", "lots"])
def test_a_file_of_another_size_than_promised_does_not_get_in(wallet: Wallet, expense: Any, data: bytes) -> None:
    asked = wallet.ask(expense, HONEST)
    response = send(asked["upload"], data)
    assert (response.status_code, "EntityToo" in response.text) == (400, True)
    assert wallet.api.get(path_of(asked["receipt"]))["status"] == "pending"


@pytest.mark.parametrize(
    "changes",
    [
        {"Content-Type": "text/html"},
        {"acl": "public-read"},
        {"success_action_redirect": "https://evil.example"},
        {"x-amz-meta-name": "x"},
        {"x-amz-checksum-sha256": base64.b64encode(b"0" * 32).decode()},
        {"policy": base64.b64encode(b'{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').decode()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_form_that_was_changed_or_added_to_is_refused(wallet: Wallet, expense: Any, changes: dict[str, str]) -> None:
    asked = wallet.ask(expense, HONEST)
    assert send(asked["upload"], HONEST, **changes).status_code in {400, 403}


def test_a_form_does_not_open_another_users_key(wallet: Wallet, expense: Any, stack: Stack) -> None:
    victim = Wallet.of(stack)
    theirs = victim.ask(victim.api.create(), HONEST)
    mine = wallet.ask(expense, HONEST)
    for key in (victim.key(theirs["receipt"]), "receipts/" + victim.user.sub, wallet.key(mine["receipt"]) + "/x"):
        assert send(mine["upload"], HONEST, key=key).status_code == 403
    assert victim.objects() == []


def test_a_form_that_is_used_again_replaces_nothing(stack: Stack) -> None:
    mine = Wallet.of(stack)
    asked = mine.ask(mine.api.create(), HONEST)
    assert send(asked["upload"], HONEST).status_code == 204
    mine.settled(asked["receipt"])
    before = mine.stored(2)
    other = HONEST[:-1] + b"!"
    for data in (HONEST, other):
        if send(asked["upload"], data).status_code == 204:
            assert mine.stored(2) == before
    assert mine.api.get(path_of(asked["receipt"]))["status"] == "ready"


def test_an_expired_form_is_refused(wallet: Wallet, expense: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed as ours are, for a second only."""
    asked = wallet.ask(expense, HONEST)
    monkeypatch.setattr(links, "LINK_LIFE", 1)
    receipt, outputs = asked["receipt"], wallet.stack.outputs
    root = Credentials("test", "test")
    form = Links(asked["upload"]["url"], outputs["receipts_bucket"], outputs["region"], root).form(
        wallet.key(receipt), receipt["content_type"], receipt["size"], receipt["sha256"]
    )
    time.sleep(2.1)
    assert send(json.loads(form.model_dump_json()), HONEST).status_code == 403


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "a/b.jpg", "c:\\x.jpg", "a\r\nX: y.jpg", "gpj\u202eexe.jpg", "x" * 256]
)
def test_a_hostile_file_name_is_refused_by_name(wallet: Wallet, expense: Any, name: str) -> None:
    response = wallet.try_to_ask(expense, HONEST, filename=name)
    assert (response.status_code, pointers(response)) == (422, ["/filename"])


def test_a_foreign_or_unknown_receipt_does_not_exist(wallet: Wallet, stack: Stack) -> None:
    victim = Wallet.of(stack)
    theirs = victim.uploaded(victim.api.create(), HONEST)
    own = wallet.api.create()
    for path in (path_of(theirs), f"/expenses/{own['id']}/receipts/{theirs['id']}"):
        assert [wallet.api.call(verb, path).status_code for verb in ("GET", "DELETE")] == [404, 404]
    assert victim.api.get(path_of(theirs))["status"] == "ready"


def test_an_object_that_no_form_made_is_removed(wallet: Wallet, stack: Stack) -> None:
    client, bucket = stack.client("s3"), stack.outputs["receipts_bucket"]
    for key in (f"users/{wallet.user.sub}/x", f"users/{wallet.user.sub}/{'0' * 26}/{'0' * 26}"):
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    wait_until(lambda: wallet.objects() == [])
