"""Bad input to the functions themselves: a 4xx problem that names what is wrong, and nothing is written.

``tests/e2e/test_bad_input.py`` sends one of each kind through API Gateway. The cases are many here, since a call within
the process takes a few milliseconds.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws

from tests.unit.front_door import COFFEE, ENVIRONMENT, FrontDoor, Reply, create_table, in_base64

FAR = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()
JSON = "application/json"


@pytest.fixture(scope="module", autouse=True)
def _table() -> Iterator[None]:
    """One table for all: each test has a user of its own."""
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        yield


@pytest.fixture
def gateway() -> FrontDoor:
    return FrontDoor()


def assert_refused(reply: Reply, *statuses: int) -> None:
    assert reply.status in statuses, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == reply.status


WRONG: dict[str, list[Any]] = {
    "amount": [
        *(4.5, 5, None, True, [], {"value": "1"}),
        *("abc", "1e3", "NaN", "Infinity", "", " 1", "+1", "01", "1.", ".5", "1,5", "1.234", "1.000", "٣"),
        *("0", "0.00", "-0", "-0.00", "1234567890123", "1" * 400),
    ],
    "currency": ["EURO", "eur", "XXX", "XAU", "", 5, None],
    "date": ["2026-02-31", "2026-2-1", "20260201", "1969-12-31", FAR, "2026-01-01T00:00:00Z", "x", 5, None],
    "category": ["", "Food", "1st", "a" * 33, "a-b", "a b", "é", 5, None],
    "merchant": ["", "   ", "a" * 121, "a\x00b", "a\nb", "a\n", "\x7f", "\ufffd", "\ud800", 5, None],
    "note": ["n" * 1001, "a\x00", 5, []],
    "payment_method": ["cheque", "", 5],
    "tags": ["home", {"a": 1}, 5, ["t"] * 11],
    "colour": ["red"],
    "id": ["01JD8Z3N5T9Q4V7XK2M6R0BHWC"],
    "version": [3],
}
FIELDS = [(field, value) for field, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=lambda value: ascii(value)[:24])
def test_a_wrong_field_is_named_and_nothing_is_written(gateway: FrontDoor, field: str, value: Any) -> None:
    reply = gateway.call("POST", "/expenses", {**COFFEE, field: value})
    assert_refused(reply, 422)
    assert reply.pointers == [f"/{field}"]
    assert gateway.all() == []


@pytest.mark.parametrize(
    ("tags", "pointer"), [(["a", ""], "/tags/1"), (["a", "b", 3], "/tags/2"), (["x" * 33], "/tags/0")]
)
def test_a_wrong_tag_is_named_by_its_place(gateway: FrontDoor, tags: list[Any], pointer: str) -> None:
    assert gateway.call("POST", "/expenses", {**COFFEE, "tags": tags}).pointers == [pointer]


@pytest.mark.parametrize("field", ["date", "amount", "currency", "category", "merchant"])
def test_a_required_field_is_missed_by_name(gateway: FrontDoor, field: str) -> None:
    reply = gateway.call("POST", "/expenses", {key: value for key, value in COFFEE.items() if key != field})
    assert (reply.status, reply.pointers) == (422, [f"/{field}"])


BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "empty": (b"", JSON, {400}),
    "list": (b"[]", JSON, {422}),
    "string": (b'"x"', JSON, {422}),
    "null": (b"null", JSON, {422}),
    "truncated": (b'{"amount":', JSON, {400}),
    "trailing comma": (b'{"a":1,}', JSON, {400}),
    "NaN": (b'{"amount":NaN}', JSON, {400}),
    "twice": (json.dumps(COFFEE)[:-1].encode() + b',"amount":"5.00"}', JSON, {400}),
    "not UTF-8": (json.dumps(COFFEE).encode().replace(b"Corner", b"\xff\xfe"), JSON, {400}),
    "U+FFFD": (json.dumps({**COFFEE, "merchant": "\ufffd"}, ensure_ascii=False).encode(), JSON, {400}),
    "300 KB": (json.dumps({**COFFEE, "note": "n" * 300_000}).encode(), JSON, {413}),
    "deep": (b"[" * 100_000, JSON, {400}),
    "deep object": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON, {400, 422}),  # 422: newer decoders do not recurse
    "huge number": (b'{"amount":' + b"9" * 10_000 + b"}", JSON, {400}),
    "text": (json.dumps(COFFEE).encode(), "text/plain", {415}),
    "words": (b"lunch, 5 euros", "text/plain", {415}),
    "form": (b"amount=5", "application/x-www-form-urlencoded", {415}),
    "latin-1": (json.dumps(COFFEE).encode(), "application/json; charset=iso-8859-1", {415}),
}


@pytest.mark.parametrize(("content", "media_type", "statuses"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_expense_is_refused(
    gateway: FrontDoor, content: bytes, media_type: str, statuses: set[int]
) -> None:
    reply = gateway.call("POST", "/expenses", headers={"Content-Type": media_type}, **in_base64(content))
    assert_refused(reply, *statuses)
    assert gateway.all() == []


PARAMETERS = [
    *(("limit=0", "limit"), ("limit=201", "limit"), ("limit=abc", "limit"), ("limit=-1", "limit"), ("limit=", "limit")),
    *(("limit=5&limit=6", "limit"), ("category=Food", "category"), ("category=a&category=b", "category")),
    *(("from=2026-02-31", "from"), ("from=2026-03-02&to=2026-03-01", "to"), ("to=tomorrow", "to")),
    *(("min_amount=abc", "min_amount"), ("min_amount=1e3", "min_amount"), ("min_amount=5&max_amount=4", "max_amount")),
    *(("q=", "q"), ("q=%00", "q"), ("q=%FF", "q"), ("tag=" + "t" * 33, "tag"), ("merchant=" + "m" * 121, "merchant")),
    *(("cursor=forged", "cursor"), ("cursor=%2B%2B", "cursor"), ("cursor=" + "A" * 2000, "cursor")),
    ("colour=red", "colour"),
]


@pytest.mark.parametrize(("query", "name"), PARAMETERS, ids=[each[0][:30] for each in PARAMETERS])
def test_a_wrong_parameter_is_named(gateway: FrontDoor, query: str, name: str) -> None:
    reply = gateway.call("GET", f"/expenses?{query}")
    assert_refused(reply, 400, 422)
    assert reply.pointers == [f"/query/{name}"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=2026-13", "from"),
        ("from=2026-05&to=2026-04", "to"),
        ("from=2026-05&from=2026-05", "from"),
        ("from=1000-01&to=2026-01", "to"),
    ],
)
def test_a_wrong_span_of_a_trend_is_named(gateway: FrontDoor, query: str, name: str) -> None:
    reply = gateway.call("GET", f"/reports/trend?{query}")
    assert (reply.status, reply.pointers) == (422, [f"/query/{name}"])


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "202601", "x", "0000-01", "2026-01-01", "\x00"])
def test_a_malformed_month_is_refused(gateway: FrontDoor, month: str) -> None:
    reply = gateway.call("GET", "/reports/months/x", pathParameters={"month": month})
    assert (reply.status, reply.pointers) == (422, ["/path/month"])


@pytest.mark.parametrize(
    "expense_id", ["1", "x" * 26, "01JD8Z3N5T9Q4V7XK2M6R0BHW/", "\x00", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "é"]
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_is_no_ulid_is_not_found(gateway: FrontDoor, method: str, expense_id: str) -> None:
    parameters = {"expense_id": expense_id}
    assert_refused(gateway.call(method, "/expenses/x", {}, {"If-Match": '"1"'}, pathParameters=parameters), 404)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"amount": None}, "/amount"),
        ({"amount": "1.234"}, "/amount"),
        ({"id": "x"}, "/id"),
        ({"currency": "JPY"}, "/amount"),
        ({"x": None}, "/x"),
        ([], ""),
        (5, ""),
        (None, ""),
        ("x", ""),
    ],
    ids=str,
)
def test_a_wrong_patch_is_named_and_changes_nothing(gateway: FrontDoor, document: Any, pointer: str) -> None:
    made = gateway.create()
    for media_type in (JSON, "application/merge-patch+json"):
        headers = {"If-Match": '"1"', "Content-Type": media_type}
        reply = gateway.call("PATCH", f"/expenses/{made['id']}", json.dumps(document), headers)
        assert (reply.status, reply.pointers) == (422, [pointer])
    assert gateway.all() == [made]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("home_currency", "EURO"),
        ("locale", "german"),
        ("time_zone", "Mars/Base"),
        ("display_name", ""),
        ("email", "x@y.z"),
        ("sub", "x"),
    ],
)
def test_a_wrong_field_of_a_profile_is_named(gateway: FrontDoor, field: str, value: str) -> None:
    reply = gateway.call("PATCH", "/profile", {field: value})
    assert (reply.status, reply.pointers) == (422, [f"/{field}"])
