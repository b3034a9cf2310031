"""Lists: every expense once, newest first, however it is paged and filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from handlers.contract.expense import Expense, ExpensePatch
from handlers.contract.parsing import parse
from handlers.contract.query import ExpenseQuery, parse_query
from handlers.store import listing
from handlers.store.bulk import write_many
from handlers.store.errors import InvalidCursor
from tests.unit.table import ANN, BOB, Table, dynamodb_table, kept, make_table, spent

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = tuple(
    kept(
        f"01JD8Z3N5T9Q4V7XK2M6R0B{number:03}",
        str(number - 5 or 77),
        date=f"2026-03-{1 + number // 3:02}",
        category="fuel" if number % 4 == 0 else "groceries",
        merchant="Straße Ⅱ" if number % 2 else "Corner Shop",
        note=None if number % 3 else "Zmörgeli for TWO",
        tags=["home"] if number % 5 == 0 else [],
    )
    for number in range(30)
)
NEWEST_FIRST = tuple(reversed(ROWS))


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    with dynamodb_table() as made:
        write_many(made.client, made.name, ANN, ROWS)
        made.expenses(BOB).create(spent())
        yield made


def query(**filters: Any) -> ExpenseQuery:
    return parse_query(ExpenseQuery, {name.rstrip("_"): [str(value)] for name, value in filters.items()})


def pages(table: Table, **filters: Any) -> list[tuple[Expense, ...]]:
    found: list[tuple[Expense, ...]] = []
    cursor: dict[str, str] = {}
    while True:
        page = table.list().page(query(**filters, **cursor))
        found.append(page.items)
        if page.next_cursor is None:
            return found
        cursor = {"cursor": page.next_cursor}


@pytest.mark.parametrize("limit", [1, 7, 10, 29, 30, 31, 200])
def test_pages_are_full_but_the_last_and_the_cursor_ends_exactly_there(table: Table, limit: int) -> None:
    found = pages(table, limit=limit)
    assert [row for page in found for row in page] == list(NEWEST_FIRST)
    assert {len(page) for page in found[:-1]} <= {limit}
    assert len(found) == -(-len(ROWS) // limit)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"from_": "2026-03-02", "to": "2026-03-03"}, lambda row: 2 <= row.date.day <= 3),
        ({"to": "2026-03-01"}, lambda row: row.date.day == 1),
        ({"category": "fuel"}, lambda row: row.category == "fuel"),
        ({"merchant": "Corner Shop"}, lambda row: row.merchant == "Corner Shop"),
        ({"merchant": "corner shop"}, lambda row: False),
        ({"tag": "home"}, lambda row: "home" in row.tags),
        ({"q": "STRASSE"}, lambda row: row.merchant == "Straße Ⅱ"),
        ({"q": "zmo\u0308rgeli"}, lambda row: row.note is not None),
        ({"min_amount": "-3", "max_amount": "2.0"}, lambda row: -3 <= float(row.amount) <= 2),
        ({"q": "shop", "tag": "home", "from_": "2026-03-02"}, lambda row: row.id[-3:] in {"010", "020"}),
    ],
)
@pytest.mark.parametrize("limit", [2, 50])
def test_filters_let_through_what_they_say(table: Table, filters: Any, wanted: Any, limit: int) -> None:
    found = pages(table, limit=limit, **filters)
    assert [row for page in found for row in page] == [row for row in NEWEST_FIRST if wanted(row)]


def test_a_request_looks_at_a_bounded_number_of_rows(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ROWS", 8)
    monkeypatch.setattr(listing, "FILTERED_PAGE", 5)
    found = pages(table, tag="home", limit=50)
    assert len(found) == 4
    assert [row.id[-3:] for page in found for row in page] == ["025", "020", "015", "010", "005", "000"]


def test_a_page_goes_on_where_it_ended_though_that_row_is_gone(table: Table) -> None:
    other = make_table(table.client, "other")
    expenses = other.expenses()
    made = [expenses.create(spent(date=f"2026-03-0{day}")).expense for day in (1, 2, 3, 4)]
    first = other.list().page(query(limit=2))
    expenses.delete(made[2].id, frozenset({1}))
    expenses.update(made[3].id, frozenset({1}), parse(ExpensePatch, {"date": "2026-01-01"}).applied_to)
    rest = other.list().page(query(limit=2, cursor=first.next_cursor))
    assert [row.id for row in rest.items] == [made[1].id, made[0].id]


def test_a_cursor_shows_another_user_nothing(table: Table) -> None:
    cursor = table.list(ANN).page(query(limit=1)).next_cursor
    with pytest.raises(InvalidCursor):
        table.list(BOB).page(query(limit=1, cursor=cursor))


def test_the_size_of_a_page_may_change_between_pages(table: Table) -> None:
    first = table.list().page(query(limit=3))
    rest = table.list().page(query(limit=200, cursor=first.next_cursor))
    assert first.items + rest.items == NEWEST_FIRST
