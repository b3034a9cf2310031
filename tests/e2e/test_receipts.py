"""Receipts through API Gateway: asked for, uploaded by a form, inspected, read by links, removed."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from tests.e2e.api import Stack
from tests.e2e.conftest import several_at_once
from tests.e2e.receipts import Wallet, path_of, send
from tests.unit import files

KINDS = {
    "JPEG": ("image/jpeg", "Café \u2603.jpg"),
    "PNG": ("image/png", "scan.png"),
    "WEBP": ("image/webp", "x.webp"),
    "HEIF": ("image/heic", "IMG_0001.HEIC"),
    "PDF": ("application/pdf", "Rechnung März.pdf"),
}


@pytest.fixture(scope="module")
def wallet(stack: Stack) -> Wallet:
    return Wallet.of(stack)


def made(kind: str) -> bytes:
    """A file of each kind, unlike any other."""
    if kind == "PDF":
        return files.scanned_document(2, 400, 600)
    return files.photo(kind, size=(1200, 900), taken="2026:03:14 10:11:12", offset="+01:00", orientation=1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind_is_inspected_and_handed_back_as_it_was(wallet: Wallet, kind: str) -> None:
    content_type, filename = KINDS[kind]
    data, expense = made(kind), wallet.api.create()
    receipt = wallet.uploaded(expense, data, content_type, filename=filename)
    assert (receipt["status"], receipt["reason"], receipt["filename"]) == ("ready", None, filename)
    found = tuple(receipt[name] for name in ("width", "height", "pages", "taken_at"))
    assert found == ((None, None, 2, None) if kind == "PDF" else (1200, 900, None, "2026-03-14T09:11:12Z"))
    download = httpx.get(receipt["download_url"])
    assert (download.status_code, download.content) == (200, data)
    assert download.headers["content-type"] == content_type
    assert download.headers["content-disposition"].startswith("attachment; ")
    thumbnail = httpx.get(receipt["thumbnail_url"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(thumbnail.content))
    assert max(picture.size) == 640
    assert not picture.getexif()
    now = wallet.api.get(f"/expenses/{expense['id']}")
    assert (now["receipt_count"], now["version"]) == (1, 2)
    assert wallet.api.get(f"/expenses/{expense['id']}/receipts")["items"][0]["id"] == receipt["id"]


def test_no_object_opens_without_a_signature_or_with_anothers(wallet: Wallet) -> None:
    receipt = wallet.uploaded(wallet.api.create(), files.photo(size=(50, 40)))
    link = urlsplit(receipt["download_url"])
    bare = link._replace(query="").geturl()
    thumbnail = urlsplit(receipt["thumbnail_url"])._replace(query=link.query).geturl()
    forged = receipt["download_url"].replace("attachment", "inline")
    for url in (bare, thumbnail, forged):
        assert httpx.get(url).status_code == 403
    assert httpx.put(receipt["download_url"], content=b"x").status_code == 403


def test_a_receipt_is_pending_until_its_file_comes_and_says_when_to_ask_again(wallet: Wallet) -> None:
    asked = wallet.ask(wallet.api.create(), files.photo())
    response = wallet.api.call("GET", path_of(asked["receipt"]))
    assert (response.json()["status"], response.headers["retry-after"]) == ("pending", "1")
    assert wallet.api.get(path_of(asked["receipt"]), params={"wait": 1})["status"] == "pending"


def test_removing_a_receipt_removes_its_objects_and_counts_it_out(wallet: Wallet) -> None:
    mine = Wallet.of(wallet.stack)
    expense = mine.api.create()
    receipt = mine.uploaded(expense, files.photo())
    assert mine.api.call("DELETE", path_of(receipt)).status_code == 204
    assert mine.stored(0) == []
    assert mine.api.get(f"/expenses/{expense['id']}")["receipt_count"] == 0
    assert [mine.api.call(verb, path_of(receipt)).status_code for verb in ("GET", "DELETE")] == [404, 404]
    assert httpx.get(receipt["download_url"]).status_code in {403, 404}


def test_deleting_an_expense_hides_its_receipts_and_restoring_brings_them_back(wallet: Wallet) -> None:
    expense = wallet.api.create()
    receipt = wallet.uploaded(expense, files.photo(size=(60, 50)))
    assert wallet.api.delete(wallet.api.get(f"/expenses/{expense['id']}")).status_code == 204
    assert wallet.api.call("GET", path_of(receipt)).status_code == 404
    assert wallet.api.call("POST", f"/expenses/{expense['id']}/restore").json()["receipt_count"] == 1
    assert wallet.api.get(path_of(receipt))["status"] == "ready"


@several_at_once
def test_the_same_file_sent_several_times_at_once_is_stored_once(stack: Stack, racers: int) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(70, 50))
    expenses = [mine.api.create() for _ in range(2)]
    asked = [mine.ask(expenses[at % 2], data) for at in range(racers)]
    with ThreadPoolExecutor(racers) as threads:
        sent = list(threads.map(lambda each: send(each["upload"], data).status_code, asked))
    assert set(sent) == {204}
    seen = [mine.settled(each["receipt"]) for each in asked]
    assert {each["status"] for each in seen} == {"ready"}
    first = [each["id"] for each in seen if each["duplicate_of"] is None]
    assert len(first) == 1
    assert {each["duplicate_of"] for each in seen} == {None, first[0]}
    assert len(mine.stored(2)) == 2
    assert [mine.api.get(f"/expenses/{each['id']}")["receipt_count"] for each in expenses] == [racers // 2] * 2
    with ThreadPoolExecutor(4) as threads:
        gone = list(threads.map(lambda each: mine.api.call("DELETE", path_of(each)).status_code, seen))
    assert set(gone) == {204}
    assert mine.stored(0) == []


@pytest.mark.parametrize("racers", [12, pytest.param(20, marks=pytest.mark.deep)])
def test_of_more_than_ten_asks_at_once_ten_are_granted(stack: Stack, racers: int) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(20, 20))
    expense = mine.api.create()
    with ThreadPoolExecutor(racers) as threads:
        seen = list(threads.map(lambda _: mine.try_to_ask(expense, data), range(racers)))
    granted = [each for each in seen if each.status_code == 201]
    assert {each.json()["code"] for each in seen if each not in granted} <= {"too_many_receipts", "busy"}
    assert len(granted) == len(mine.api.get(f"/expenses/{expense['id']}/receipts")["items"])
    while len(granted) < 10:
        granted.append(mine.try_to_ask(expense, data))
        assert granted[-1].status_code == 201
    assert mine.try_to_ask(expense, data).json()["code"] == "too_many_receipts"


def test_an_event_that_comes_twice_late_or_for_another_version_changes_nothing(stack: Stack) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(80, 50))
    receipt = mine.uploaded(mine.api.create(), data)
    before = mine.api.get(path_of(receipt)), mine.stored(2)
    assert mine.event(receipt) == ["ended"]
    assert mine.event(receipt, "a-version-that-is-gone") == ["ended"]
    seen, objects = mine.api.get(path_of(receipt)), mine.objects()
    links = ("download_url", "thumbnail_url", "expires_at")
    assert {**seen, **dict.fromkeys(links)} == {**before[0], **dict.fromkeys(links)}
    assert objects == before[1]


def test_an_event_before_the_file_is_there_does_no_harm(stack: Stack) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(90, 50))
    asked = mine.ask(mine.api.create(), data)
    assert mine.event(asked["receipt"], "a-version-to-come") == ["absent"]
    assert send(asked["upload"], data).status_code == 204
    assert mine.settled(asked["receipt"])["status"] == "ready"
