"""What an expense may say, and that every wrong field is named by its pointer."""

from __future__ import annotations

import datetime as dt
import unicodedata
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.expense import Expense, ExpenseIn
from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields
from handlers.contract.text import last_date

VALID: dict[str, Any] = {
    "date": "2026-02-21",
    "amount": "12.34",
    "currency": "EUR",
    "category": "groceries",
    "merchant": "Corner Shop",
}
TODAY = dt.datetime.now(dt.UTC).date()


def refusal(**changed: object) -> list[tuple[str, str]]:
    return document_refusal({**VALID, **changed})


def document_refusal(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        parse(ExpenseIn, document)
    return [(error.pointer, error.code) for error in refused.value.errors]


def accepted(**changed: object) -> ExpenseIn:
    return parse(ExpenseIn, {**VALID, **changed})


def test_the_optional_fields_may_be_left_out() -> None:
    expense = parse(ExpenseIn, VALID)
    assert (expense.note, expense.tags, expense.payment_method) == (None, (), None)


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = {
        "date": "2026-02-31",
        "amount": "1.234",
        "currency": "EUR",
        "category": "X",
        "tags": ["ok", ""],
        "colour": 1,
    }
    assert document_refusal(wrong) == [
        ("/date", "no_such_date"),
        ("/amount", "too_fine"),
        ("/category", "malformed_slug"),
        ("/merchant", "required"),
        ("/tags/1", "blank"),
        ("/colour", "unknown_field"),
    ]


@pytest.mark.parametrize("document", [[], [VALID], "text", 1, True, None])
def test_a_document_that_is_no_object_is_refused_as_a_whole(document: object) -> None:
    assert document_refusal(document) == [("", "not_an_object")]


@pytest.mark.parametrize("name", sorted(VALID))
def test_a_required_field_cannot_be_left_out(name: str) -> None:
    rest = {key: value for key, value in VALID.items() if key != name}
    assert document_refusal(rest) == [(f"/{name}", "required")]


@pytest.mark.parametrize("name", ["id", "version", "created_at", "updated_at", "receipt_count", "a/b~c"])
def test_a_field_of_ours_or_of_nobody_is_refused(name: str) -> None:
    escaped = name.replace("~", "~0").replace("/", "~1")
    assert refusal(**{name: "x"}) == [(f"/{escaped}", "unknown_field")]


@pytest.mark.parametrize("name", ["date", "currency", "amount", "category", "merchant", "note"])
@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"x": "y"}])
def test_nothing_but_a_string_counts_as_a_string(name: str, value: object) -> None:
    assert refusal(**{name: value}) == [(f"/{name}", "not_a_string")]


@pytest.mark.parametrize(
    ("date", "code"),
    [
        ("2026-02-31", "no_such_date"),
        ("2025-02-29", "no_such_date"),
        ("2026-13-01", "no_such_date"),
        ("0000-01-01", "no_such_date"),
        ("2026-2-1", "malformed_date"),
        ("20260221", "malformed_date"),
        ("2026-W08-6", "malformed_date"),
        ("2026-02-21T00:00:00Z", "malformed_date"),
        ("2026-02-21\n", "malformed_date"),
        ("٢٠٢٦-02-21", "malformed_date"),
        ("1969-12-31", "too_early"),
        ("9999-12-31", "in_the_future"),
    ],
)
def test_a_date_outside_the_calendar_or_the_span_is_refused(date: str, code: str) -> None:
    assert refusal(date=date) == [("/date", code)]


@pytest.mark.parametrize("date", ["1970-01-01", "2024-02-29", (TODAY + dt.timedelta(days=1)).isoformat()])
def test_a_date_may_be_as_old_as_1970_and_one_day_ahead(date: str) -> None:
    assert accepted(date=date).date.isoformat() == date


def test_the_last_date_is_one_day_ahead_of_utc_and_the_next_is_refused() -> None:
    before, last, after = dt.datetime.now(dt.UTC).date(), last_date(), dt.datetime.now(dt.UTC).date()
    assert last - dt.timedelta(days=1) in {before, after}
    assert refusal(date=(last + dt.timedelta(days=1)).isoformat()) == [("/date", "in_the_future")]


@pytest.mark.parametrize("category", ["", "1st", "Food", "food-drink", "é", "a" * 33, "food\n", "_x"])
def test_a_category_that_is_no_slug_is_refused(category: str) -> None:
    assert refusal(category=category) == [("/category", "malformed_slug")]


def test_a_category_may_have_32_characters() -> None:
    assert accepted(category="a" * 32).category == "a" * 32


@pytest.mark.parametrize(("name", "longest"), [("merchant", 120), ("note", 1000)])
def test_text_is_measured_in_code_points(name: str, longest: int) -> None:
    assert getattr(accepted(**{name: "🧾" * longest}), name) == "🧾" * longest
    assert refusal(**{name: "🧾" * (longest + 1)}) == [(f"/{name}", "too_long")]


NO_TEXT = [0x00, 0x01, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0x9F, 0xFFFD, 0xD800, 0xDFFF]


@pytest.mark.parametrize(
    ("name", "code_point"), [*product(["merchant", "note"], NO_TEXT), *product(["merchant"], [0x09, 0x0A, 0x0D])]
)
def test_control_characters_surrogates_and_ufffd_are_refused_inside_text(name: str, code_point: int) -> None:
    assert refusal(**{name: f"a{chr(code_point)}b"}) == [(f"/{name}", "not_text")]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u3000 "])
def test_a_blank_merchant_or_tag_is_refused(blank: str) -> None:
    assert refusal(merchant=blank) == [("/merchant", "blank")]
    assert refusal(tags=[blank]) == [("/tags/0", "blank")]


def test_text_that_ends_in_a_newline_is_refused() -> None:
    assert refusal(merchant="Shop\n") == [("/merchant", "not_text")]


def test_text_is_measured_after_normalisation() -> None:
    assert accepted(merchant="e\u0301" * 120).merchant == "é" * 120


SHOPS = ["Corner Shop ", "  Corner Shop", "Corner  Shop", "Corner\u00a0Shop", "Corner\u2003 Shop"]


@pytest.mark.parametrize("shop", SHOPS)
def test_white_space_makes_no_other_merchant_or_tag(shop: str) -> None:
    assert accepted(merchant=shop).merchant == "Corner Shop"
    assert accepted(tags=[shop, "Corner Shop"]).tags == ("Corner Shop",)


def test_white_space_that_is_not_kept_does_not_count() -> None:
    assert accepted(merchant=f"  {'x' * 60}   {'y' * 59} ").merchant == f"{'x' * 60} {'y' * 59}"


def test_a_note_has_lines_and_tabs_and_each_line_ends_in_the_same_way() -> None:
    assert accepted(note="\tone\r\ntwo\rthree\n\n four  ").note == "\tone\ntwo\nthree\n\n four  "
    assert accepted(note="\r\n" * 1000).note == "\n" * 1000


def test_a_note_may_be_empty() -> None:
    assert accepted(note="").note == ""


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffd"), min_size=1, max_size=40))
def test_text_is_kept_in_nfc_and_accepted_again_as_it_was_kept(text: str) -> None:
    merchant = accepted(merchant=f"x{text}").merchant
    assert merchant == " ".join(unicodedata.normalize("NFC", f"x{text}").split())
    assert accepted(merchant=merchant).merchant == merchant


def test_tags_count_once_however_their_accents_were_typed() -> None:
    assert accepted(tags=["café", "cafe\u0301", "home", "home"]).tags == ("café", "home")


def test_ten_tags_of_32_characters_are_accepted_and_no_more() -> None:
    tags = [f"{number:032}" for number in range(10)]
    assert accepted(tags=tags).tags == tuple(tags)
    assert refusal(tags=[*tags, "one more"]) == [("/tags", "too_long")]
    assert refusal(tags=["x" * 33]) == [("/tags/0", "too_long")]


@pytest.mark.parametrize("tags", ["home", {"home": 1}, 1, None])
def test_tags_are_a_list(tags: object) -> None:
    assert refusal(tags=tags) == [("/tags", "not_a_list")]


@pytest.mark.parametrize("method", ["CARD", "cheque", "", 1, ["card"]])
def test_a_payment_method_is_one_of_four(method: object) -> None:
    assert refusal(payment_method=method) == [("/payment_method", "not_allowed")]
    assert accepted(payment_method="card").payment_method == "card"


def test_an_expense_goes_out_as_json_of_strings_and_carries_its_version_as_entity_tag() -> None:
    kept = Expense(
        **parse(ExpenseIn, {**VALID, "tags": ["home"]}).model_dump(),
        id="01JD8Z3N5T9Q4V7XK2M6R0BHWC",
        version=3,
        receipt_count=0,
        created_at="2026-02-21T10:00:00Z",
        updated_at="2026-02-21T10:00:00.123Z",
    )
    shown = kept.model_dump(mode="json")
    assert (shown["date"], shown["amount"], shown["tags"], shown["note"]) == (
        "2026-02-21",
        "12.34",
        ["home"],
        None,
    )
    assert kept.etag == '"3"'
    assert Expense.model_validate_json(kept.model_dump_json()) == kept
