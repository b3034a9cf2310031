"""Query parameters: all wrong ones at once, each at ``/query/<name>``."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.problem import InvalidFields
from handlers.contract.query import (
    DECIMAL,
    ExpenseQuery,
    Query,
    TrendQuery,
    month_name,
    month_number,
    parse_query,
)

NOVEMBER = dt.date(2026, 11, 22)


def query(**parameters: str) -> ExpenseQuery:
    return parse_query(ExpenseQuery, {name.rstrip("_"): [value] for name, value in parameters.items()})


def span(**parameters: str) -> tuple[str, str]:
    given_ = {name.rstrip("_"): [value] for name, value in parameters.items()}
    return parse_query(TrendQuery, given_).span(NOVEMBER)


def refusal(model: type[Query], parameters: dict[str, list[str]]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        parse_query(model, parameters)
    return sorted((error.pointer, error.code) for error in refused.value.errors)


def test_a_list_without_parameters_is_the_first_fifty_of_everything() -> None:
    assert query() == ExpenseQuery()
    assert (query().limit, query().cursor) == (50, None)


def test_every_filter_arrives_as_what_it_means() -> None:
    found = query(
        from_="2026-01-01",
        to="2026-01-31",
        category="food",
        merchant="Cafe\u0301",
        q="x",
        min_amount="-5.5",
        max_amount="1000",
        tag="home",
        limit="200",
        cursor="abc_-1",
    )
    assert (found.from_, found.to) == (dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    assert (found.min_amount, found.max_amount) == (Decimal("-5.5"), Decimal(1000))
    assert (found.category, found.merchant, found.tag, found.q) == ("food", "Café", "home", "x")
    assert (found.limit, found.cursor) == (200, "abc_-1")


@pytest.mark.parametrize(
    "limit", ["0", "abc", "", "201", "-1", "1.5", "1e2", " 1", "\N{ARABIC-INDIC DIGIT ONE}", "+5", "9" * 5000]
)
def test_a_limit_is_a_whole_number_from_1_to_200(limit: str) -> None:
    assert refusal(ExpenseQuery, {"limit": [limit]}) == [("/query/limit", "out_of_range")]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("from", "2026-02-31", "no_such_date"),
        ("to", "yesterday", "malformed_date"),
        ("category", "BAD", "malformed_slug"),
        ("category", "", "malformed_slug"),
        ("merchant", "", "blank"),
        ("merchant", "x" * 121, "too_long"),
        ("q", "a\x00", "not_text"),
        ("q", "\ufffd", "not_text"),
        ("tag", "x" * 33, "too_long"),
        ("min_amount", "abc", "malformed_amount"),
        ("max_amount", "NaN", "malformed_amount"),
        ("max_amount", "1e3", "malformed_amount"),
        ("max_amount", "1234567890123", "malformed_amount"),
        ("cursor", "", "malformed_cursor"),
        ("cursor", "a b", "malformed_cursor"),
        ("cursor", "x" * 513, "malformed_cursor"),
        ("colour", "red", "unknown_field"),
    ],
)
def test_a_wrong_parameter_is_named(name: str, value: str, code: str) -> None:
    assert refusal(ExpenseQuery, {name: [value]}) == [(f"/query/{name}", code)]


def test_every_wrong_unknown_and_repeated_parameter_is_named_at_once() -> None:
    wrong = {"limit": ["0"], "from": ["x"], "tag": ["a", "b"], "category": ["BAD", "BAD"], "colour": ["red"]}
    assert refusal(ExpenseQuery, wrong) == [
        ("/query/category", "malformed_slug"),
        ("/query/category", "repeated"),
        ("/query/colour", "unknown_field"),
        ("/query/from", "malformed_date"),
        ("/query/limit", "out_of_range"),
        ("/query/tag", "repeated"),
    ]


def test_a_repeated_parameter_is_refused_even_when_both_values_are_the_same() -> None:
    assert refusal(ExpenseQuery, {"limit": ["5", "5"]}) == [("/query/limit", "repeated")]


def test_a_range_the_wrong_way_round_is_refused_at_its_upper_bound() -> None:
    assert refusal(ExpenseQuery, {"from": ["2026-02-02"], "to": ["2026-02-01"]}) == [("/query/to", "inverted_range")]
    amounts = {"min_amount": ["2"], "max_amount": ["1.99"]}
    assert refusal(ExpenseQuery, amounts) == [("/query/max_amount", "inverted_range")]
    assert refusal(TrendQuery, {"from": ["2026-02"], "to": ["2026-01"]}) == [("/query/to", "inverted_range")]


def test_a_range_may_be_one_day_or_one_amount() -> None:
    assert query(from_="2026-02-02", to="2026-02-02", min_amount="1", max_amount="1.00").limit == 50


def test_a_trend_without_bounds_is_the_twelve_months_that_end_with_this_one() -> None:
    assert span() == ("2025-12", "2026-11")
    assert span(to="2026-02") == ("2025-03", "2026-02")
    assert span(from_="2026-03") == ("2026-03", "2026-11")
    assert span(from_="2020-01", to="2020-01") == ("2020-01", "2020-01")


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "0000-01", "2026", "abc", "2026-01-01", "2026-01\n"])
def test_a_month_is_written_with_four_and_two_digits(month: str) -> None:
    assert refusal(TrendQuery, {"from": [month]}) == [("/query/from", "malformed_month")]


def test_a_trend_covers_at_most_a_century() -> None:
    assert span(from_="1926-12", to="2026-11") == ("1926-12", "2026-11")
    assert refusal(TrendQuery, {"from": ["1926-11"], "to": ["2026-11"]}) == [("/query/to", "span_too_long")]


@pytest.mark.parametrize(("first", "code"), [("2026-12", "inverted_range"), ("1900-01", "span_too_long")])
def test_a_trend_that_the_current_month_ends_is_checked_as_well(first: str, code: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        span(from_=first)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/query/to", code)]


@given(st.integers(12, 9999 * 12 + 11))
def test_months_are_numbered_without_a_gap(number: int) -> None:
    assert month_number(month_name(number)) == number


@pytest.mark.parametrize("last", ["0001-01", "0001-11"])
def test_a_trend_never_begins_before_the_calendar(last: str) -> None:
    assert span(to=last)[0] == "0001-01"


def test_the_python_name_of_a_parameter_is_none_of_the_wire() -> None:
    assert refusal(ExpenseQuery, {"from_": ["2026-01-01"]}) == [("/query/from_", "unknown_field")]


@pytest.mark.parametrize(
    "written",
    [
        "0",
        "-0.5",
        "9999999999.99",
        "abc",
        "01",
        "0.00001",
        "123456789012.34",
    ],
)
def test_an_amount_bound_is_accepted_exactly_if_it_fits_the_published_pattern(written: str) -> None:
    try:
        accepted = query(min_amount=written).min_amount is not None
    except InvalidFields:
        accepted = False
    assert accepted == bool(re.fullmatch(DECIMAL, written))
