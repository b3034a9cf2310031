"""Amounts are exact at their currency's scale, and what is answered can be sent back."""

from __future__ import annotations

import re
from decimal import Decimal

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.expense import ExpenseIn
from handlers.contract.money import AMOUNT, EXPONENTS, minor_units, wire_amount
from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields

LARGEST = 10**12 - 1
currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-LARGEST, LARGEST).filter(bool)


def amount(written: object, currency: object = "EUR") -> str:
    document = {"date": "2026-02-21", "category": "misc", "merchant": "Shop"}
    return parse(ExpenseIn, {**document, "amount": written, "currency": currency}).amount


def refusal(written: object, currency: object = "EUR") -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        amount(written, currency)
    return [(error.pointer, error.code) for error in refused.value.errors]


def test_every_active_currency_with_a_minor_unit_has_the_exponent_of_iso_4217() -> None:
    published = {each.code: each.exponent for each in iso4217.Currency if each.exponent is not None}
    assert dict(EXPONENTS) == published


@given(minors, currencies)
def test_minor_units_survive_the_way_to_the_wire_and_back(minor: int, currency: str) -> None:
    assert minor_units(wire_amount(minor, currency), currency) == minor


@given(minors, currencies)
def test_what_is_answered_can_be_sent_back_unchanged(minor: int, currency: str) -> None:
    answered = wire_amount(minor, currency)
    assert amount(answered, currency) == answered


@given(minors, currencies)
def test_an_amount_on_the_wire_is_worth_its_minor_units(minor: int, currency: str) -> None:
    written = wire_amount(minor, currency)
    assert Decimal(written) == Decimal(minor).scaleb(-EXPONENTS[currency])
    assert len(written.partition(".")[2]) == EXPONENTS[currency]


@given(minors, currencies)
def test_the_published_pattern_admits_every_amount_that_is_accepted(minor: int, currency: str) -> None:
    assert re.fullmatch(AMOUNT, wire_amount(minor, currency))


@pytest.mark.parametrize(
    ("written", "currency", "normal"),
    [
        ("5", "EUR", "5.00"),
        ("5.5", "EUR", "5.50"),
        ("-0.01", "EUR", "-0.01"),
        ("5", "JPY", "5"),
        ("0.001", "KWD", "0.001"),
        ("1.5", "CLF", "1.5000"),
        ("9999999999.99", "EUR", "9999999999.99"),
        ("999999999999", "JPY", "999999999999"),
    ],
)
def test_a_coarser_amount_is_written_out_at_the_full_scale(written: str, currency: str, normal: str) -> None:
    assert amount(written, currency) == normal


@pytest.mark.parametrize("written", [12.34, 12, True, None, ["1"], {"amount": "1"}])
def test_an_amount_that_is_not_a_string_is_refused(written: object) -> None:
    assert refusal(written) == [("/amount", "not_a_string")]


@pytest.mark.parametrize(
    "written",
    [
        "abc",
        "1e3",
        "NaN",
        "Infinity",
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1.",
        ".5",
        "01",
        "1,5",
        "1_0",
        "--1",
        "-",
        "٣",
        "\N{FULLWIDTH DIGIT ONE}",
        "0x1",
    ],
)
def test_an_amount_that_is_no_plain_decimal_is_refused(written: str) -> None:
    assert refusal(written) == [("/amount", "malformed_amount")]


@pytest.mark.parametrize(
    ("written", "currency"), [("1.234", "EUR"), ("1.000", "EUR"), ("1.0", "JPY"), ("1.00000", "CLF")]
)
def test_a_scale_finer_than_the_currency_is_refused_even_when_the_digits_are_zeros(written: str, currency: str) -> None:
    assert refusal(written, currency) == [("/amount", "too_fine")]


@pytest.mark.parametrize("written", ["0", "0.00", "-0", "-0.0"])
def test_zero_is_refused_however_it_is_written(written: str) -> None:
    assert refusal(written) == [("/amount", "zero_amount")]


@pytest.mark.parametrize(
    ("written", "currency"),
    [("10000000000.00", "EUR"), ("1234567890123", "EUR"), ("1000000000000", "JPY"), ("9" * 200_000, "EUR")],
)
def test_more_than_twelve_digits_are_refused(written: str, currency: str) -> None:
    assert refusal(written, currency) == [("/amount", "too_many_digits")]


@pytest.mark.parametrize("code", ["XYZ", "eur", "EU", "", "EUR ", "XAU", "XXX", "DEM"])
def test_a_currency_that_is_unknown_or_has_no_minor_unit_is_refused(code: str) -> None:
    assert refusal("1", code) == [("/currency", "unknown_currency")]


def test_a_wrong_amount_is_told_beside_a_wrong_currency() -> None:
    assert refusal("abc", "XYZ") == [("/currency", "unknown_currency"), ("/amount", "malformed_amount")]
