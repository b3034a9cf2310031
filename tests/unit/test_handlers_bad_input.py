"""Bad input at the function itself, past a gateway that lets anything by: a 4xx problem, nothing written."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws

from tests.unit.front_door import COFFEE, ENVIRONMENT, FrontDoor, Reply, create_table, in_base64, items

FAR = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)).date().isoformat()


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        yield FrontDoor()


def assert_problem(reply: Reply, status: int) -> None:
    """RFC 9457, with our own members, and nothing of what was thrown inside."""
    assert reply.status == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json
    assert {"type", "title", "status", "detail", "instance", "code"} <= problem.keys()
    assert (problem["status"], problem["instance"]) == (status, "request-1")
    assert "Error" not in reply.text
    assert "Traceback" not in reply.text


FIELDS: list[tuple[str, Any]] = [
    *(("amount", value) for value in (4.5, 5, "abc", "1e3", "NaN", "1.234", "1.000", "0", "-0", "1234567890123")),
    *(("currency", value) for value in ("EURO", "eur", "XXX", 5)),
    *(("date", value) for value in ("2026-02-31", FAR, "1969-12-31", "2026-01-01T00:00:00Z", 5)),
    *(("merchant", value) for value in ("", " ", "a\x00b", "\ufffd", "\ud800", "m" * 121, None)),
    *(("tags", value) for value in ("home", ["t"] * 11, {"a": 1})),
    ("category", "Food"),
    ("note", "n" * 1001),
    ("payment_method", "cheque"),
    ("colour", "red"),
    ("version", 3),
]


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=lambda value: ascii(value)[:24])
def test_a_wrong_field_is_named_and_nothing_is_written(door: FrontDoor, field: str, value: Any) -> None:
    reply = door.call("POST", "/expenses", {**COFFEE, field: value})
    assert_problem(reply, 422)
    assert reply.pointers == [f"/{field}"]
    assert items() == []


def test_every_wrong_field_is_named_at_once(door: FrontDoor) -> None:
    wrong = {"amount": "x", "currency": "EURO", "date": "never", "tags": ["", "ok", 5], "what": 1}
    pointers = door.call("POST", "/expenses", wrong).pointers
    expected = ["/amount", "/category", "/currency", "/date", "/merchant", "/tags/0", "/tags/2", "/what"]
    assert sorted(pointers) == expected


BODIES: dict[str, tuple[str | None, int]] = {
    "missing": (None, 400),
    "blank": (" \n", 400),
    "list": ("[]", 422),
    "null": ("null", 422),
    "truncated": ('{"amount":', 400),
    "trailing comma": ('{"a":1,}', 400),
    "NaN": ('{"amount":NaN}', 400),
    "infinite": ('{"amount":-Infinity}', 400),
    "repeated member": (json.dumps(COFFEE)[:-1] + ',"amount":"5.00"}', 400),
    "U+FFFD as a gateway makes it": (json.dumps({**COFFEE, "merchant": "\ufffd"}, ensure_ascii=False), 400),
    "half a surrogate pair as a name": ('{"\\ud800":1}', 400),
    "300 KB": (json.dumps({**COFFEE, "note": "n" * 300_000}), 413),
    "300 KB of two bytes each": (json.dumps({**COFFEE, "note": "é" * 150_000}, ensure_ascii=False), 413),
    "deep list": ("[" * 100_000, 400),
    "deep object": ('{"a":' * 40_000 + "1" + "}" * 40_000, 400),
    "number with 10,000 digits": ('{"amount":' + "9" * 10_000 + "}", 400),
    "number beyond floats": ('{"amount":1e999}', 422),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_expense_is_refused(door: FrontDoor, body: str | None, status: int) -> None:
    assert_problem(door.call("POST", "/expenses", body), status)
    assert items() == []


def test_a_repeated_member_is_named(door: FrontDoor) -> None:
    body = json.dumps(COFFEE)[:-1] + ',"amount":"5.00"}'
    assert door.call("POST", "/expenses", body).pointers == ["/amount"]


@pytest.mark.parametrize("body", [None, "{", "n" * 300_000, "\ufffd"])
def test_a_body_that_is_no_document_is_named_as_a_whole(door: FrontDoor, body: str | None) -> None:
    assert door.call("POST", "/expenses", body).pointers == [""]


def test_bytes_that_are_no_utf_8_are_refused(door: FrontDoor) -> None:
    content = json.dumps(COFFEE).encode().replace(b"Corner", b"\xff\xfe")
    assert_problem(door.call("POST", "/expenses", **in_base64(content)), 400)
    assert_problem(door.call("POST", "/expenses", body="%", isBase64Encoded=True), 400)


def test_a_body_in_base64_is_read(door: FrontDoor) -> None:
    content = json.dumps(COFFEE, ensure_ascii=False).encode()
    assert door.call("POST", "/expenses", **in_base64(content)).json["merchant"] == "Corner Café"


MEDIA_TYPES: list[str | list[str]] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/merge-patch+json",
    "application/json; charset=iso-8859-1",
    "json",
    ["application/json", "text/plain"],
]


@pytest.mark.parametrize("media_type", MEDIA_TYPES, ids=str)
def test_another_media_type_is_refused(door: FrontDoor, media_type: str | list[str]) -> None:
    assert_problem(door.call("POST", "/expenses", COFFEE, {"Content-Type": media_type}), 415)


@pytest.mark.parametrize("media_type", ["application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"'])
def test_json_in_utf_8_may_say_so(door: FrontDoor, media_type: str) -> None:
    assert door.call("POST", "/expenses", COFFEE, {"Content-Type": media_type}).status == 201


@pytest.mark.parametrize("key", ["", "k" * 256, "naïve", "tab\tbed"])
def test_a_malformed_idempotency_key_is_refused(door: FrontDoor, key: str) -> None:
    reply = door.call("POST", "/expenses", COFFEE, {"Idempotency-Key": key})
    assert_problem(reply, 400)
    assert reply.pointers == ["/header/Idempotency-Key"]
    assert items() == []


QUERIES = {
    "limit=0": ["limit"],
    "limit=abc": ["limit"],
    "limit=٣": ["limit"],
    "limit=5&limit=6": ["limit"],
    "from=2026-02-31": ["from"],
    "from=2026-03-02&to=2026-03-01": ["to"],
    "min_amount=5&max_amount=4": ["max_amount"],
    "min_amount=1e3": ["min_amount"],
    "q=%00": ["q"],
    "q=%FF": ["q"],
    "cursor=forged": ["cursor"],
    "colour=red": ["colour"],
    "limit=0&category=Food&colour=red&tag=a&tag=b": ["category", "colour", "limit", "tag"],
}


@pytest.mark.parametrize(("query", "names"), QUERIES.items(), ids=QUERIES.keys())
def test_every_wrong_parameter_is_named(door: FrontDoor, query: str, names: list[str]) -> None:
    reply = door.call("GET", f"/expenses?{query}")
    assert reply.status in {400, 422}
    assert_problem(reply, reply.status)
    assert sorted(reply.pointers) == [f"/query/{name}" for name in names]


def test_a_cursor_is_of_one_user_and_one_set_of_filters(door: FrontDoor) -> None:
    door.create()
    door.create()
    cursor = door.call("GET", "/expenses?limit=1").json["next_cursor"]
    for who, query in ((FrontDoor(), ""), (door, "&category=coffee")):
        reply = who.call("GET", f"/expenses?limit=1&cursor={cursor}{query}")
        assert_problem(reply, 422)
        assert reply.pointers == ["/query/cursor"]


@pytest.mark.parametrize("given", ["1", "x" * 26, "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "\x00", "é", "a/b", ""])
def test_an_id_that_is_no_ulid_is_not_found(door: FrontDoor, given: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        parameters = {"expense_id": given}
        headers = {"If-Match": '"1"'}
        reply = door.call(method, "/expenses/x", {}, headers, pathParameters=parameters)
        assert_problem(reply, 404)


PATCHES: list[tuple[Any, str]] = [
    ({"amount": None}, "/amount"),
    ({"id": "x"}, "/id"),
    ({"currency": "JPY"}, "/amount"),
    ([], ""),
    (5, ""),
]


@pytest.mark.parametrize(("document", "pointer"), PATCHES, ids=str)
def test_a_wrong_patch_names_its_field_and_changes_nothing(door: FrontDoor, document: Any, pointer: str) -> None:
    made = door.create()
    reply = door.call("PATCH", f"/expenses/{made['id']}", json.dumps(document), {"If-Match": '"1"'})
    assert_problem(reply, 422)
    assert reply.pointers == [pointer]
    assert door.all() == [made]


def test_an_answer_stays_below_what_lambda_sends_however_much_is_wrong(door: FrontDoor) -> None:
    """Lambda answers with at most 6 MB; beyond, the client sees a 5xx."""
    reply = door.call("POST", "/expenses", '{"tags":[' + "0," * 120_000 + "0]}")
    assert_problem(reply, 422)
    assert len(reply.text) < 6_000_000
