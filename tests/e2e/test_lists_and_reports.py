"""Lists are complete at any size, filters filter, and reports equal the rows they sum up."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from checks.roll_ups import audit
from handlers.contract.expense import Expense
from handlers.contract.money import EXPONENTS, minor_units, wire_amount
from handlers.domain.ulid import new_ulid
from handlers.store.expenses.bulk import write_many
from handlers.store.table.partition import Partition
from tests.e2e.api import Api, Stack


@pytest.fixture(scope="module")
def rows() -> list[Expense]:
    """Two years, with every kind of row there is."""
    return [_row(number * 4) for number in range(600)]


def _row(number: int) -> Expense:
    currency = ("EUR", "EUR", "EUR", "JPY", "KWD")[number % 5]
    return Expense(
        date=datetime.date(2021, 1, 1) + datetime.timedelta(days=number // 3),
        currency=currency,
        amount=wire_amount((number % 97 + 1) * 100 * (-1 if number % 11 == 0 else 1), currency),
        category=("groceries", "coffee", "rent")[number % 3],
        merchant=("Corner Café", "ACME", "מכולת", "Straße 5")[number % 4],
        note=f"Note {number}" if number % 3 else None,
        tags=("home", "work")[: number % 3],
        id=new_ulid(),
        version=1,
        receipt_count=0,
        created_at="2026-01-01T00:00:00Z",
        updated_at="2026-01-01T00:00:00Z",
    )


@pytest.fixture(scope="module")
def rich(stack: Stack, rows: list[Expense]) -> Api:
    """A user with all these rows."""
    return _with(stack, rows)


def _with(stack: Stack, rows: list[Expense]) -> Api:
    user = stack.sign_up()
    write_many(Partition(stack.client("dynamodb"), stack.outputs["table_name"], user.sub), rows)
    return stack.api(user)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def newest_first(rows: list[Expense]) -> list[str]:
    return [row.id for row in sorted(rows, key=lambda row: (row.date, row.id), reverse=True)]


@pytest.mark.parametrize("count", [1000, pytest.param(5000, marks=pytest.mark.deep)])
def test_many_rows_are_listed_to_their_end_once_each_in_order(stack: Stack, count: int) -> None:
    rows = [_row(number) for number in range(count)]
    rich = _with(stack, rows)
    pages, parameters = [], {"limit": "200"}
    while True:
        page = rich.get("/expenses", params=parameters)
        pages.append(page["items"])
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert [item["id"] for page in pages for item in page] == newest_first(rows)
    assert {len(page) for page in pages[:-1]} == {200}
    assert pages[-1]


def test_the_page_that_ends_the_list_has_no_cursor(api: Api) -> None:
    for _ in range(4):
        api.create()
    first = api.get("/expenses", params={"limit": 2})
    last = api.get("/expenses", params={"limit": 2, "cursor": first["next_cursor"]})
    assert (len(last["items"]), last["next_cursor"]) == (2, None)


FILTERS: list[tuple[dict[str, str], Any]] = [
    ({"from": "2022-02-01", "to": "2022-03-31"}, lambda row: "2022-02-01" <= str(row.date) <= "2022-03-31"),
    ({"from": "2022-12-31"}, lambda row: str(row.date) >= "2022-12-31"),
    ({"to": "2021-01-01"}, lambda row: str(row.date) <= "2021-01-01"),
    ({"category": "coffee"}, lambda row: row.category == "coffee"),
    ({"merchant": "Corner Cafe\u0301"}, lambda row: row.merchant == "Corner Café"),
    ({"merchant": "Corner"}, lambda _: False),
    ({"tag": "work"}, lambda row: "work" in row.tags),
    ({"q": "cAFÉ"}, lambda row: "Café" in row.merchant),
    ({"q": "NOTE 8"}, lambda row: "Note 8" in (row.note or "")),
    ({"q": "STRASSE"}, lambda row: "Straße" in row.merchant),
    (
        {"min_amount": "95", "max_amount": "96.00"},
        lambda row: Decimal(95) <= Decimal(row.amount) <= Decimal(96),
    ),
    ({"max_amount": "-50"}, lambda row: Decimal(row.amount) <= -50),
    (
        {"category": "rent", "tag": "home", "q": "acme", "from": "2022-01-01", "min_amount": "10"},
        lambda row: (
            row.category == "rent"
            and "home" in row.tags
            and row.merchant == "ACME"
            and row.date.year >= 2022
            and Decimal(row.amount) >= 10
        ),
    ),
]


@pytest.mark.parametrize(("filters", "passes"), FILTERS, ids=[" ".join(each[0]) for each in FILTERS])
def test_a_filter_finds_all_it_means_and_nothing_else(
    rich: Api, rows: list[Expense], filters: dict[str, str], passes: Any
) -> None:
    assert ids(rich.all(**filters, limit="200")) == newest_first([row for row in rows if passes(row)])


def test_a_cursor_is_refused_with_other_filters_but_not_with_another_limit(rich: Api) -> None:
    cursor = rich.get("/expenses", params={"limit": 5, "category": "rent"})["next_cursor"]
    assert rich.get("/expenses", params={"limit": 9, "category": "rent", "cursor": cursor})["items"]
    refused = rich.call("GET", "/expenses", params={"limit": 5, "category": "coffee", "cursor": cursor})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "cursor_of_other_filters")


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_forged_cursor_is_refused(rich: Api, at: int) -> None:
    cursor = rich.get("/expenses", params={"limit": 5})["next_cursor"]
    forged = [*cursor]
    forged[at] = "A" if forged[at] != "A" else "Q"
    refused = rich.call("GET", "/expenses", params={"limit": 5, "cursor": "".join(forged)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


@pytest.mark.parametrize("month", ["2021-01", "2022-02", "2023-01"])
def test_a_month_sums_up_exactly_its_rows(rich: Api, rows: list[Expense], month: str) -> None:
    report = rich.get(f"/reports/months/{month}")
    chosen = [row for row in rows if str(row.date).startswith(month)]
    before = [row for row in rows if row.date.strftime("%Y-%m") == _previous(month)]
    assert report["month"] == month
    assert report["count"] == len(chosen)
    for total in report["totals"]:
        code = total["currency"]
        now, then = _sum(chosen, currency=code), _sum(before, currency=code)
        assert (total["total"], total["previous_total"], total["change"]) == tuple(
            wire_amount(value, code) for value in (now, then, now - then)
        )
        assert total["count"] == sum(row.currency == code for row in chosen)
    assert {total["currency"] for total in report["totals"]} == {row.currency for row in chosen}
    for part in ("category", "merchant"):
        plural = {"category": "categories", "merchant": "merchants"}[part]
        counted = Counter((getattr(row, part), row.currency) for row in chosen)
        assert {(each[part], each["currency"]): each["count"] for each in report[plural]} == counted
        for each in report[plural]:
            minor = _sum(chosen, currency=each["currency"], **{part: each[part]})
            assert each["total"] == wire_amount(minor, each["currency"])


def test_a_trend_has_every_month_of_its_span_the_empty_ones_too(rich: Api, rows: list[Expense]) -> None:
    items = rich.get("/reports/trend", params={"from": "2020-11", "to": "2021-03"})["items"]
    assert [item["month"] for item in items] == ["2020-11", "2020-12", "2021-01", "2021-02", "2021-03"]
    assert (items[0]["count"], items[0]["totals"]) == (0, [])
    january = [row for row in rows if str(row.date).startswith("2021-01")]
    assert items[2]["count"] == len(january)
    euros = next(total for total in items[2]["totals"] if total["currency"] == "EUR")
    assert euros["total"] == wire_amount(_sum(january, currency="EUR"), "EUR")


def test_a_trend_without_a_span_ends_with_this_month(api: Api) -> None:
    items = api.get("/reports/trend")["items"]
    assert len(items) == 12
    assert items[-1]["month"] == datetime.datetime.now(datetime.UTC).strftime("%Y-%m")


def test_a_report_follows_every_change_of_an_expense(api: Api) -> None:
    made = api.create(amount="10.00", category="food", merchant="A", date="2026-03-31")
    moved = api.patch(made, date="2026-04-01", currency="JPY", amount="500", category="rent", merchant="B").json()
    march, april = api.get("/reports/months/2026-03"), api.get("/reports/months/2026-04")
    assert (march["count"], march["totals"], march["categories"], march["merchants"]) == (0, [], [], [])
    assert april["merchants"] == [{"merchant": "B", "currency": "JPY", "total": "500", "count": 1}]
    api.delete(moved)
    assert api.get("/reports/months/2026-04")["totals"] == []


def test_every_roll_up_of_the_table_equals_its_rows(stack: Stack, rich: Api) -> None:
    assert rich.get("/expenses")["items"]
    assert list(audit(stack.client("dynamodb"), stack.outputs["table_name"])) == []


def _sum(rows: list[Expense], **values: str) -> int:
    chosen = (row for row in rows if all(getattr(row, name) == value for name, value in values.items()))
    return sum(minor_units(row.amount, row.currency) for row in chosen)


def _previous(month: str) -> str:
    return (datetime.date.fromisoformat(f"{month}-01") - datetime.timedelta(days=1)).strftime("%Y-%m")


def test_the_rows_of_this_module_are_of_every_scale(rows: list[Expense]) -> None:
    assert {EXPONENTS[row.currency] for row in rows} == {0, 2, 3}
