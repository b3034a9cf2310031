"""Bad input through API Gateway: one of each kind is a 4xx problem that names what is wrong, and nothing is written.

``tests/unit/test_bad_input.py`` and the tests of the contract hold the many cases of each kind.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.api import COFFEE, STOCK, Api, pointers

FIELDS: dict[str, tuple[str, Any]] = {
    "a type that the gateway's model refuses": ("amount", 4.5),
    "text that only the function refuses": ("amount", "1.234"),
    "a value of no list": ("payment_method", "cheque"),
    "a date of no calendar": ("date", "2026-02-31"),
    "control characters": ("merchant", "a\x00b"),
    "half a surrogate pair": ("merchant", "\ud800"),
    "a field that is unknown": ("colour", "red"),
    "a field that the server sets": ("version", 3),
}


@pytest.mark.parametrize(("field", "value"), FIELDS.values(), ids=FIELDS.keys())
def test_a_wrong_field_is_named_and_nothing_is_written(api: Api, field: str, value: Any) -> None:
    body = json.dumps({**COFFEE, field: value}).encode()
    response = api.call("POST", "/expenses", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert pointers(response) == [f"/{field}"]
    assert api.all() == []


def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    wrong = {"amount": "x", "currency": "EURO", "date": "never", "tags": ["", "ok", 5], "what": 1}
    response = api.call("POST", "/expenses", json=wrong)
    assert response.status_code == 422
    expected = ["/amount", "/category", "/currency", "/date", "/merchant", "/tags/0", "/tags/2", "/what"]
    assert sorted(pointers(response)) == expected


BODIES: dict[str, tuple[bytes | None, str, set[int]]] = {
    "missing": (None, "application/json", {400}),
    "empty": (b"", "application/json", {400}),
    "list": (b"[]", "application/json", {400, 422}),
    "truncated": (b'{"amount":', "application/json", {400}),
    "NaN": (b'{"amount":NaN}', "application/json", {400}),
    "twice": (json.dumps(COFFEE)[:-1].encode() + b',"amount":"5.00"}', "application/json", {400}),
    "not UTF-8": (json.dumps(COFFEE).encode().replace(b"Corner", b"\xff\xfe"), "application/json", {400}),
    "300 KB": (json.dumps({**COFFEE, "note": "n" * 300_000}).encode(), "application/json", {413}),
    "deep": (b"[" * 100_000, "application/json", {400}),
    "deep object": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "application/json", {400, 422}),
    "huge number": (b'{"amount":' + b"9" * 10_000 + b"}", "application/json", {400, 422}),
    "text": (json.dumps(COFFEE).encode(), "text/plain", {415}),
    "latin-1": (json.dumps(COFFEE).encode(), "application/json; charset=iso-8859-1", {415}),
}


@pytest.mark.parametrize(("content", "media_type", "statuses"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_expense_is_refused(
    api: Api, content: bytes | None, media_type: str, statuses: set[int]
) -> None:
    response = api.call("POST", "/expenses", content=content, headers={"Content-Type": media_type})
    # As published, MiniStack holds every media type to the model of JSON, which AWS does not.
    assert response.status_code in (statuses | {400} if STOCK else statuses), response.text
    assert api.all() == []


def test_utf_8_may_be_named(api: Api) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert api.call("POST", "/expenses", content=json.dumps(COFFEE).encode(), headers=headers).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "tab\tbed"])
def test_a_malformed_idempotency_key_is_refused(api: Api, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    response = api.call("POST", "/expenses", json=COFFEE, headers=headers)
    assert response.status_code == 400
    assert api.all() == []


PARAMETERS = {
    "limit=201": "limit",
    "limit=5&limit=6": "limit",
    "limit=": "limit",
    "from=2026-03-02&to=2026-03-01": "to",
    "q=%00": "q",
    "q=%FF": "q",
    "cursor=forged": "cursor",
    "cursor=%2B%2B": "cursor",
    "colour=red": "colour",
}


@pytest.mark.parametrize(("query", "name"), PARAMETERS.items(), ids=PARAMETERS.keys())
def test_a_wrong_parameter_is_named(api: Api, query: str, name: str) -> None:
    response = api.call("GET", f"/expenses?{query}")
    assert response.status_code in {400, 422}
    assert pointers(response) == [f"/query/{name}"]


def test_a_wrong_span_of_a_trend_is_named(api: Api) -> None:
    response = api.call("GET", "/reports/trend?from=2026-05&to=2026-04")
    assert (response.status_code, pointers(response)) == (422, ["/query/to"])


@pytest.mark.parametrize("month", ["2026-13", "%00"])
def test_a_malformed_month_is_refused(api: Api, month: str) -> None:
    response = api.call("GET", f"/reports/months/{month}")
    assert response.status_code == 422
    assert pointers(response) == ["/path/month"]


@pytest.mark.parametrize("expense_id", ["1", "01JD8Z3N5T9Q4V7XK2M6R0BHW%2F", "%00", "é"])
def test_an_id_that_is_no_ulid_is_not_found(api: Api, expense_id: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        headers = {"If-Match": '"1"', "Content-Type": "application/json"}
        response = api.call(method, f"/expenses/{expense_id}", headers=headers, content=b"{}")
        assert response.status_code == 404


@pytest.mark.parametrize(("patch", "pointer"), [({"amount": None}, "/amount"), ({"currency": "JPY"}, "/amount")])
def test_a_wrong_patch_names_its_field_and_changes_nothing(api: Api, patch: dict[str, Any], pointer: str) -> None:
    made = api.create()
    response = api.patch(made, **patch)
    assert (response.status_code, pointers(response)) == (422, [pointer])
    assert api.get(f"/expenses/{made['id']}") == made


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_a_patch_that_is_no_object_is_refused(api: Api, media_type: str) -> None:
    made = api.create()
    headers = {"If-Match": '"1"', "Content-Type": media_type}
    response = api.call("PATCH", f"/expenses/{made['id']}", content=b"[]", headers=headers)
    assert response.status_code in {400, 422}
    assert api.get(f"/expenses/{made['id']}") == made
