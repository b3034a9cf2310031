"""Problems name what is wrong, where, and nothing of what was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.contract.expense import ExpenseIn
from handlers.contract.parsing import field_errors, parse
from handlers.contract.problem import FieldError, InvalidFields, Problem, pointer, problem_type


class Parcel(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    names: list[str]


def unescape(escaped: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in escaped.split("/")[1:]]


@given(st.lists(st.text()))
def test_a_pointer_can_be_read_back_by_the_rules_of_rfc_6901(steps: list[str]) -> None:
    assert unescape(pointer(steps)) == steps


def test_a_pointer_to_the_whole_document_is_empty() -> None:
    assert pointer([]) == ""
    assert pointer(["tags", 1], "/query") == "/query/tags/1"


def test_a_pydantic_failure_becomes_one_error_a_field_below_its_prefix() -> None:
    with pytest.raises(ValidationError) as failed:
        Parcel.model_validate({"names": ["a", 1], "size": 2})
    found = [(error.pointer, error.code) for error in field_errors(failed.value, "/items/3")]
    assert found == [("/items/3/names/1", "not_a_string"), ("/items/3/size", "unknown_field")]


def test_no_error_repeats_what_was_sent() -> None:
    secret = "Zaphod"
    fields = ("date", "amount", "currency", "category", "payment_method")
    document = {
        **dict.fromkeys(fields, secret),
        "merchant": f"{secret}\x00",
        "note": [secret],
        "tags": secret,
    }
    with pytest.raises(InvalidFields) as refused:
        parse(ExpenseIn, document)
    assert len(refused.value.errors) == len(document)
    assert secret not in str(refused.value.errors)
    assert secret not in str(refused.value)


def test_invalid_fields_keep_every_error_in_order() -> None:
    errors = [FieldError(pointer=f"/{name}", code="required", detail="x") for name in "ab"]
    assert InvalidFields(iter(errors)).errors == tuple(errors)


def test_the_type_of_a_problem_is_a_uri_that_names_its_code() -> None:
    assert problem_type("stale") == "urn:expense-tracker:problem:stale"


def test_a_problem_without_field_errors_leaves_the_member_out() -> None:
    problem = Problem(type=problem_type("x"), title="X", status=404, detail="No.", instance="id", code="x")
    members = json.loads(problem.model_dump_json(exclude_none=True))
    assert sorted(members) == ["code", "detail", "instance", "status", "title", "type"]
