"""A merge patch (RFC 7396) changes what it names, clears by null, and must leave a valid document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.expense import ExpenseIn, ExpensePatch
from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields
from handlers.contract.profile import ProfileIn, ProfilePatch

EXPENSE = parse(
    ExpenseIn,
    {
        "date": "2026-02-21",
        "amount": "12.30",
        "currency": "EUR",
        "category": "groceries",
        "merchant": "Corner Shop",
        "note": "bread",
        "tags": ["home"],
        "payment_method": "card",
    },
)
PROFILE = ProfileIn(display_name="Ana", home_currency="CHF", locale="de-CH", time_zone="Europe/Zurich")
CHANGES: dict[str, Any] = {
    "date": "2026-02-20",
    "amount": "7.00",
    "category": "rent",
    "merchant": "Other Shop",
    "note": None,
    "tags": ["a", "b"],
    "payment_method": None,
}


def refusal(patch: object, current: ExpenseIn = EXPENSE) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        parse(ExpensePatch, patch).applied_to(current)
    return sorted((error.pointer, error.code) for error in refused.value.errors)


@given(st.sets(st.sampled_from(sorted(CHANGES))))
def test_a_patch_changes_what_it_names_and_leaves_the_rest(names: set[str]) -> None:
    shown = parse(ExpensePatch, {name: CHANGES[name] for name in names}).applied_to(EXPENSE).model_dump(mode="json")
    before = EXPENSE.model_dump(mode="json")
    assert shown == {name: CHANGES[name] if name in names else before[name] for name in before}


def test_null_takes_an_optional_field_back_to_its_default() -> None:
    cleared = parse(ExpensePatch, {"note": None, "tags": None, "payment_method": None}).applied_to(EXPENSE)
    assert (cleared.note, cleared.tags, cleared.payment_method) == (None, (), None)


def test_a_patch_never_changes_the_expense_it_is_applied_to() -> None:
    parse(ExpensePatch, {"tags": ["other"], "merchant": "Other"}).applied_to(EXPENSE)
    assert (EXPENSE.tags, EXPENSE.merchant) == (("home",), "Corner Shop")


@pytest.mark.parametrize("name", ["date", "amount", "currency", "category", "merchant"])
def test_null_cannot_remove_a_required_field(name: str) -> None:
    assert refusal({name: None}) == [(f"/{name}", "required")]


def test_every_wrong_field_of_a_patch_is_named_at_once() -> None:
    patch = {"id": "x", "amount": "1.234", "currency": "EUR", "date": None, "category": "BAD", "colour": None}
    assert refusal(patch) == [
        ("/amount", "too_fine"),
        ("/category", "malformed_slug"),
        ("/colour", "unknown_field"),
        ("/date", "required"),
        ("/id", "unknown_field"),
    ]


def test_an_amount_too_fine_for_the_currency_that_the_expense_has_is_refused() -> None:
    assert refusal({"amount": "1.234", "merchant": "Other"}) == [("/amount", "too_fine")]


@pytest.mark.parametrize("patch", [[], "note", 1, None, True])
def test_a_patch_that_is_no_object_is_refused_as_a_whole(patch: object) -> None:
    assert refusal(patch) == [("", "not_an_object")]


def test_a_new_currency_keeps_an_amount_that_it_can_express() -> None:
    whole = parse(ExpensePatch, {"amount": "5"}).applied_to(EXPENSE)
    assert parse(ExpensePatch, {"currency": "JPY"}).applied_to(whole).amount == "5"
    assert parse(ExpensePatch, {"currency": "KWD"}).applied_to(whole).amount == "5.000"


def test_a_new_currency_too_coarse_for_the_amount_is_refused_at_the_amount() -> None:
    assert refusal({"currency": "JPY"}) == [("/amount", "too_fine")]


def test_a_new_currency_in_which_the_amount_has_too_many_digits_is_refused() -> None:
    large = parse(ExpensePatch, {"amount": "9999999999.99"}).applied_to(EXPENSE)
    assert refusal({"currency": "KWD"}, large) == [("/amount", "too_many_digits")]


def test_a_profile_patch_changes_what_it_names_and_null_goes_back_to_the_default() -> None:
    assert parse(ProfilePatch, {"locale": "en"}).applied_to(PROFILE) == PROFILE.model_copy(update={"locale": "en"})
    everything = {"display_name": None, "home_currency": None, "locale": None, "time_zone": None}
    assert parse(ProfilePatch, everything).applied_to(PROFILE) == ProfileIn()
    assert parse(ProfilePatch, {}).applied_to(PROFILE) == PROFILE


@pytest.mark.parametrize("locale", ["en", "de-CH", "zh-Hant-TW", "es-419", "gsw"])
def test_a_locale_is_a_language_tag(locale: str) -> None:
    assert parse(ProfilePatch, {"locale": locale}).applied_to(PROFILE).locale == locale


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"email": "new@example.com"}, ("/email", "unknown_field")),
        ({"created_at": None}, ("/created_at", "unknown_field")),
        ({"display_name": " "}, ("/display_name", "blank")),
        ({"display_name": "x" * 121}, ("/display_name", "too_long")),
        ({"display_name": "a\x00b"}, ("/display_name", "not_text")),
        ({"home_currency": "XYZ"}, ("/home_currency", "unknown_currency")),
        ({"home_currency": 1}, ("/home_currency", "not_a_string")),
        ({"locale": "de_CH"}, ("/locale", "malformed_locale")),
        ({"locale": "en\n"}, ("/locale", "malformed_locale")),
        ({"time_zone": "Mars/Base"}, ("/time_zone", "unknown_time_zone")),
        ({"time_zone": "../../etc/passwd"}, ("/time_zone", "unknown_time_zone")),
        ({"time_zone": "Europe"}, ("/time_zone", "unknown_time_zone")),
        ({"time_zone": ""}, ("/time_zone", "unknown_time_zone")),
        ([], ("", "not_an_object")),
    ],
)
def test_a_wrong_profile_patch_is_refused_by_pointer(patch: object, wrong: tuple[str, str]) -> None:
    with pytest.raises(InvalidFields) as refused:
        parse(ProfilePatch, patch).applied_to(PROFILE)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [wrong]


@pytest.mark.parametrize("name", ["Factory", "posix/Europe/Zurich", "right/Europe/Zurich"])
def test_a_time_zone_is_a_name_of_the_iana_database_and_not_just_a_file_beside_it(name: str) -> None:
    with pytest.raises(InvalidFields):
        parse(ProfilePatch, {"time_zone": name}).applied_to(PROFILE)
