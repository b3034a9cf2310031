"""An expense's life: made once, seen as it is, changed by one at a time, deleted and restored."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.e2e.api import COFFEE, Api, pointers


def test_what_is_created_can_be_read_at_its_location(api: Api) -> None:
    response = api.call("POST", "/expenses", json={**COFFEE, "tags": ["home"], "payment_method": "card", "note": "☕"})
    assert response.status_code == 201
    made = response.json()
    assert {**COFFEE, "tags": ["home"], "payment_method": "card", "note": "☕"}.items() <= made.items()
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", made["id"])
    assert made["version"] == 1
    assert made["receipt_count"] == 0
    assert made["created_at"].endswith("Z")
    assert made["updated_at"].endswith("Z")
    read = api.http.get(urljoin(str(response.request.url), response.headers["location"]))
    assert read.status_code == 200
    assert read.json() == made
    assert read.headers["etag"] == response.headers["etag"] == '"1"'


def test_optional_fields_have_defaults(api: Api) -> None:
    made = api.create()
    assert (made["note"], made["tags"], made["payment_method"]) == (None, [], None)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("5", "EUR", "5.00"),
        ("12.3", "EUR", "12.30"),
        ("-7.25", "USD", "-7.25"),
        ("1200", "JPY", "1200"),
        ("1.5", "KWD", "1.500"),
        ("9999999999.99", "EUR", "9999999999.99"),
        ("0.0001", "CLF", "0.0001"),
    ],
)
def test_money_is_exact_and_written_at_the_currencys_scale(api: Api, amount: str, currency: str, written: str) -> None:
    made = api.create(amount=amount, currency=currency)
    assert made["amount"] == written
    assert api.get(f"/expenses/{made['id']}")["amount"] == written


def test_text_is_normalised_to_nfc(api: Api) -> None:
    assert api.create(merchant="Cafe\u0301", tags=["e\u0301"])["merchant"] == "Caf\u00e9"


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"9", "1"'])
def test_an_unchanged_expense_is_not_sent_again(api: Api, tag: str) -> None:
    made = api.create()
    response = api.call("GET", f"/expenses/{made['id']}", headers={"If-None-Match": tag})
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", '"1"')
    assert api.call("GET", f"/expenses/{made['id']}", headers={"If-None-Match": '"2"'}).status_code == 200


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_a_merge_patch_changes_what_it_names(api: Api, media_type: str) -> None:
    made = api.create(note="first", tags=["a", "b"])
    response = api.call(
        "PATCH",
        f"/expenses/{made['id']}",
        headers={"If-Match": '"1"', "Content-Type": media_type},
        content=b'{"amount":"6.00","note":null,"tags":["c"]}',
    )
    assert response.status_code == 200
    changed = response.json()
    assert response.headers["etag"] == '"2"'
    assert changed["updated_at"] >= made["updated_at"]
    assert changed == {
        **made,
        "amount": "6.00",
        "note": None,
        "tags": ["c"],
        "version": 2,
        "updated_at": changed["updated_at"],
    }


def test_two_clients_editing_one_expense_do_not_overwrite_each_other(api: Api) -> None:
    seen = api.create()
    assert api.patch(seen, note="from the phone").status_code == 200
    late = api.patch(seen, note="from the laptop")
    assert (late.status_code, late.json()["code"]) == (412, "stale_version")
    assert api.get(f"/expenses/{seen['id']}")["note"] == "from the phone"


def test_of_twenty_simultaneous_edits_one_wins(api: Api) -> None:
    seen = api.create()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: api.patch(seen, note=f"edit {n}"), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    assert api.get(f"/expenses/{seen['id']}")["version"] == 2


def test_a_deleted_expense_is_gone_until_it_is_restored(api: Api) -> None:
    made = api.create()
    assert api.delete(made).status_code == 204
    assert api.call("GET", f"/expenses/{made['id']}").status_code == 404
    assert api.patch({**made, "version": 2}, note="x").status_code == 404
    assert api.delete({**made, "version": 2}).status_code == 404
    assert api.all() == []
    assert api.get("/reports/months/2026-03")["count"] == 0
    restored = api.call("POST", f"/expenses/{made['id']}/restore")
    assert restored.status_code == 200
    assert restored.json()["merchant"] == made["merchant"]
    assert restored.headers["etag"] == f'"{restored.json()["version"]}"'
    assert api.all() == [restored.json()]
    assert api.get("/reports/months/2026-03")["count"] == 1


def test_restoring_twice_is_restoring_once(api: Api) -> None:
    made = api.create()
    api.delete(made)
    first = api.call("POST", f"/expenses/{made['id']}/restore")
    again = api.call("POST", f"/expenses/{made['id']}/restore")
    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize(
    ("method", "if_match", "status"),
    [
        *(("PATCH", None, 428), ("PATCH", '"7"', 412), ("PATCH", "", 400)),
        *(("DELETE", None, 428), ("DELETE", 'W/"1"', 412), ("DELETE", "*", 400)),
    ],
)
def test_a_change_needs_the_version_it_was_made_from(api: Api, method: str, if_match: str | None, status: int) -> None:
    made = api.create()
    headers = {"Content-Type": "application/json", **({} if if_match is None else {"If-Match": if_match})}
    response = api.call(method, f"/expenses/{made['id']}", headers=headers, content=b'{"note":"x"}')
    assert response.status_code == status, response.text
    assert api.get(f"/expenses/{made['id']}") == made


def test_a_list_of_versions_matches_any_of_them(api: Api) -> None:
    made = api.create()
    response = api.call("PATCH", f"/expenses/{made['id']}", headers={"If-Match": '"8", "1"'}, json={"note": "x"})
    assert response.status_code == 200


def test_a_repeated_create_makes_one_expense_and_repeats_the_answer(api: Api) -> None:
    body: dict[str, Any] = {**COFFEE, "tags": ["a"]}
    first = api.call("POST", "/expenses", json=body, headers={"Idempotency-Key": "key 1"})
    turned = dict(reversed(body.items()))
    again = api.call("POST", "/expenses", json=turned, headers={"Idempotency-Key": "key 1"})
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    for part in ("etag", "location"):
        assert again.headers[part] == first.headers[part]
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(api.all()) == 1


def test_a_replay_repeats_the_first_answer_even_after_a_change(api: Api) -> None:
    made = api.create({"Idempotency-Key": "k"})
    api.patch(made, note="changed")
    again = api.call("POST", "/expenses", json=COFFEE, headers={"Idempotency-Key": "k"})
    assert again.json() == made
    assert again.headers["etag"] == '"1"'


def test_one_key_from_twenty_threads_makes_one_expense(api: Api) -> None:
    with ThreadPoolExecutor(20) as pool:
        ask = lambda _: api.call("POST", "/expenses", json=COFFEE, headers={"Idempotency-Key": "race"})  # noqa: E731
        answers = list(pool.map(ask, range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert len(api.all()) == 1
    assert api.get("/reports/months/2026-03")["count"] == 1


def test_a_key_with_another_body_is_refused(api: Api) -> None:
    api.create({"Idempotency-Key": "k"})
    response = api.call("POST", "/expenses", json={**COFFEE, "amount": "9.99"}, headers={"Idempotency-Key": "k"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert len(api.all()) == 1


def test_a_refused_request_does_not_use_up_its_key(api: Api) -> None:
    refused = api.call("POST", "/expenses", json={**COFFEE, "amount": "0"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, pointers(refused)) == (422, ["/amount"])
    assert api.create({"Idempotency-Key": "k"})["version"] == 1


def test_one_users_key_is_nothing_to_another(api: Api, stranger: Api) -> None:
    mine, theirs = api.create({"Idempotency-Key": "k"}), stranger.create({"Idempotency-Key": "k"})
    assert mine["id"] != theirs["id"]


def test_without_a_key_two_equal_coffees_are_two(api: Api) -> None:
    api.create()
    api.create()
    assert len(api.all()) == 2
