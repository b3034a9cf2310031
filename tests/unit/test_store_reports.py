"""Reports read what expenses add up to, without reading an expense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.store.expenses.bulk import write_many
from tests.unit.table import BOB, Table, dynamodb_table, kept, spent

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb_table() as made:
        yield made


def test_a_month_is_told_per_currency_category_and_merchant(table: Table) -> None:
    expenses = table.expenses()
    for new in (
        spent("10", date="2026-02-28"),
        spent("12.34"),
        spent("-2.34", category="fuel", merchant="Pump"),
        spent("500", currency="JPY", merchant="#1 Sushi # Bar"),
        spent("1", date="2026-04-01"),
    ):
        expenses.create(new)
    month = table.reports().month("2026-03")
    assert month.count == 3
    assert [(each.currency, each.total, each.count, each.previous_total, each.change) for each in month.totals] == [
        ("EUR", "10.00", 2, "10.00", "0.00"),
        ("JPY", "500", 1, "0", "500"),
    ]
    assert {(each.category, each.currency, each.total, each.count) for each in month.categories} == {
        ("groceries", "EUR", "12.34", 1),
        ("fuel", "EUR", "-2.34", 1),
        ("groceries", "JPY", "500", 1),
    }
    assert {(each.merchant, each.currency, each.total, each.count) for each in month.merchants} == {
        ("Corner Shop", "EUR", "12.34", 1),
        ("Pump", "EUR", "-2.34", 1),
        ("#1 Sushi # Bar", "JPY", "500", 1),
    }


def test_what_was_deleted_is_in_no_report(table: Table) -> None:
    made = table.expenses().create(spent()).expense
    table.expenses().delete(made.id, frozenset({1}))
    month = table.reports().month("2026-03")
    assert (month.count, month.totals, month.categories, month.merchants) == (0, (), (), ())


def test_a_refund_that_cancels_an_expense_leaves_both_counted(table: Table) -> None:
    table.expenses().create(spent("5"))
    table.expenses().create(spent("-5"))
    month = table.reports().month("2026-03")
    assert [(each.total, each.count) for each in month.totals] == [("0.00", 2)]
    assert [(each.total, each.count) for each in month.merchants] == [("0.00", 2)]


def test_every_merchant_of_a_month_is_told_though_they_fill_many_pages(table: Table) -> None:
    rows = [kept(f"01JD8Z3N5T9Q4V7XK2M6R0B{number:03}", merchant=f"{number:03} {'é' * 110}") for number in range(150)]
    write_many(table.partition(), rows)
    assert len(table.reports().month("2026-03").merchants) == 150


def test_a_trend_has_every_month_of_its_span_the_empty_ones_too(table: Table) -> None:
    for date in ("2025-12-31", "2026-02-01", "2026-03-01"):
        table.expenses().create(spent("3", date=date))
    table.expenses(BOB).create(spent("99", date="2026-01-15"))
    trend = table.reports().trend("2025-12", "2026-02")
    assert [(row.month, row.count, [total.total for total in row.totals]) for row in trend.items] == [
        ("2025-12", 1, ["3.00"]),
        ("2026-01", 0, []),
        ("2026-02", 1, ["3.00"]),
    ]


def test_the_first_month_there_is_has_nothing_before_it(table: Table) -> None:
    assert table.reports().month("0001-01").count == 0
