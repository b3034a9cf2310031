"""The routes, and the OpenAPI document derived from them: it cannot go stale, and it tells the truth."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract import openapi
from handlers.contract.expense import Expense, ExpenseIn, ExpensePatch
from handlers.contract.money import EXPONENTS, wire_amount
from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields
from handlers.contract.routes import ROUTES, routes_of

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
PROMISED = {
    "POST /expenses",
    "GET /expenses",
    "GET /expenses/{expense_id}",
    "PATCH /expenses/{expense_id}",
    "DELETE /expenses/{expense_id}",
    "POST /expenses/{expense_id}/restore",
    "POST /expenses/{expense_id}/receipts",
    "GET /expenses/{expense_id}/receipts",
    "GET /expenses/{expense_id}/receipts/{receipt_id}",
    "DELETE /expenses/{expense_id}/receipts/{receipt_id}",
    "GET /reports/months/{month}",
    "GET /reports/trend",
    "GET /profile",
    "PATCH /profile",
    "DELETE /profile",
    "GET /health",
    "GET /openapi.json",
    "GET /docs",
}
PUBLIC = {"GET /health", "GET /openapi.json", "GET /docs"}


def operations() -> list[tuple[str, dict[str, Any]]]:
    paths = openapi.document()["paths"]
    return [(f"{method.upper()} {path}", each) for path, found in paths.items() for method, each in found.items()]


def schema(model: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{model}", "components": openapi.document()["components"]}


def fits(document: object, model: str) -> bool:
    checker = jsonschema.Draft202012Validator(schema(model), format_checker=jsonschema.FormatChecker())
    return bool(checker.is_valid(document))


def responses(operation: str) -> set[str]:
    return set(dict(operations())[operation]["responses"])


def test_the_committed_document_is_the_one_the_routes_give() -> None:
    assert COMMITTED.read_bytes() == openapi.text().encode(), "run `make openapi` and commit docs/openapi.json"


def test_the_document_is_valid_openapi() -> None:
    openapi_spec_validator.validate(json.loads(COMMITTED.read_text()))


def test_the_document_lists_what_was_promised_and_nothing_else() -> None:
    assert {name for name, _ in operations()} == PROMISED
    assert {f"{route.method} {route.path}" for route in ROUTES} == PROMISED


def test_only_three_routes_are_open_to_anyone() -> None:
    assert {name for name, each in operations() if each.get("security") == []} == PUBLIC
    assert openapi.document()["security"] == [{"idToken": []}]


def test_every_operation_has_a_name_of_its_own_and_one_function() -> None:
    names = [route.operation for route in ROUTES]
    assert len(set(names)) == len(names)
    functions = ("expenses", "receipts", "reports", "profile", "public")
    assert [route for function in functions for route in routes_of(function)] == list(ROUTES)


def test_every_name_in_a_path_is_a_required_parameter() -> None:
    for name, each in operations():
        declared = [parameter["name"] for parameter in each["parameters"] if parameter["in"] == "path"]
        assert declared == re.findall(r"\{(\w+)\}", name)


def test_every_refusal_is_a_problem_and_a_throttled_one_says_when_to_come_back() -> None:
    for _, each in operations():
        for status, answer in each["responses"].items():
            if int(status) >= 400:
                assert answer["content"].keys() == {"application/problem+json"}
        assert "Retry-After" in each["responses"]["429"]["headers"]


def test_a_signed_in_route_tells_of_401_and_404_and_a_body_of_400_413_415_and_422() -> None:
    for route in ROUTES:
        told = responses(f"{route.method} {route.path}")
        assert route.public or {"401", "404"} <= told
        assert not route.body or {"400", "413", "415", "422"} <= told


def test_a_change_tells_of_preconditions_and_a_read_of_not_modified() -> None:
    for change in ("PATCH", "DELETE"):
        assert {"412", "428"} <= responses(f"{change} /expenses/{{expense_id}}")
    assert "304" in responses("GET /expenses/{expense_id}")


def test_both_media_types_of_a_patch_are_declared() -> None:
    for name, each in operations():
        if name.startswith("PATCH"):
            assert sorted(each["requestBody"]["content"]) == [
                "application/json",
                "application/merge-patch+json",
            ]


def test_create_tells_of_its_headers() -> None:
    create = dict(operations())["POST /expenses"]
    assert [each["name"] for each in create["parameters"] if each["in"] == "header"] == ["Idempotency-Key"]
    assert create["responses"]["201"]["headers"].keys() == {"ETag", "Location", "Idempotent-Replayed"}


EXAMPLE = {"date": "2026-02-21", "amount": "12.34", "currency": "EUR", "category": "food", "merchant": "Shop"}
texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)


@given(
    st.fixed_dictionaries(
        {
            "merchant": texts,
            "category": st.text("ab_1", max_size=34),
            "currency": st.sampled_from(["EUR", "JPY", "KWD", "XXX"]),
            "amount": st.integers(-(10**13), 10**13).map(lambda minor: wire_amount(minor, "EUR")),
        },
        optional={
            "note": st.none() | texts,
            "payment_method": st.sampled_from(["card", "x", None]),
            "colour": texts,
        },
    )
)
def test_whatever_the_handler_accepts_the_published_schema_accepts(fields: dict[str, Any]) -> None:
    document = {**EXAMPLE, **fields}
    try:
        accepted = parse(ExpenseIn, document)
    except InvalidFields:
        return
    assert fits(document, "ExpenseIn")
    assert fits(accepted.model_dump(mode="json"), "ExpenseIn")


def test_what_is_shown_fits_the_published_expense() -> None:
    made = {"id": "01JD8Z3N5T9Q4V7XK2M6R0BHWC", "version": 1, "receipt_count": 0}
    times = dict.fromkeys(("created_at", "updated_at"), "2026-02-21T10:00:00Z")
    kept = Expense.model_validate({**parse(ExpenseIn, {**EXAMPLE, "tags": ["home"]}).model_dump(), **made, **times})
    assert fits(kept.model_dump(mode="json"), "Expense")


@pytest.mark.parametrize("missing", sorted(EXAMPLE))
def test_the_published_schema_requires_what_the_handler_requires(missing: str) -> None:
    assert not fits({name: value for name, value in EXAMPLE.items() if name != missing}, "ExpenseIn")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 1},
        {"amount": "1e3"},
        {"currency": "XYZ"},
        {"category": "BAD"},
        {"merchant": " "},
        {"merchant": "x" * 121},
        {"note": "a\x00"},
        {"date": "2026-02-31"},
        {"tags": ["x" * 33]},
        {"payment_method": "cheque"},
        {"colour": "red"},
    ],
)
def test_the_published_schema_refuses_what_the_handler_refuses(wrong: dict[str, Any]) -> None:
    assert not fits({**EXAMPLE, **wrong}, "ExpenseIn")
    with pytest.raises(InvalidFields):
        parse(ExpenseIn, {**EXAMPLE, **wrong})


def test_the_published_patch_may_clear_what_is_optional_and_nothing_else() -> None:
    expense = parse(ExpenseIn, EXAMPLE)
    for name in (*EXAMPLE, "note", "tags", "payment_method"):
        try:
            parse(ExpensePatch, {name: None}).applied_to(expense)
            cleared = True
        except InvalidFields:
            cleared = False
        assert fits({name: None}, "ExpensePatch") == cleared == (name not in EXAMPLE)


def test_the_published_schema_bounds_the_number_of_tags() -> None:
    assert not fits({**EXAMPLE, "tags": list("abcdefghijk")}, "ExpenseIn")


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.234", "EUR"), ("1.0", "JPY"), ("0", "EUR"), ("10000000000", "EUR")]
)
def test_the_published_schema_holds_an_amount_to_the_scale_of_its_currency(amount: str, currency: str) -> None:
    assert currency in EXPONENTS
    assert not fits({**EXAMPLE, "amount": amount, "currency": currency}, "ExpenseIn")


def test_the_published_schema_knows_time_zones() -> None:
    assert not fits({"time_zone": "Mars/Base"}, "ProfilePatch")
