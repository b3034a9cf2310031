"""Expenses in the table: made once, changed by whoever saw the latest version, deleted and brought back."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from handlers.contract.expense import ExpensePatch
from handlers.contract.parsing import parse
from handlers.store import keys, rollups
from handlers.store.bulk import recompute
from handlers.store.errors import IdempotencyReused, NotFound, StaleVersion, TooManyCategories
from handlers.store.idempotency import Idempotency
from tests.unit.table import ANN, BOB, Table, dynamodb_table, spent

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = Idempotency("a key", "fingerprint of the first body")
NOWHERE = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb_table() as made:
        yield made


def test_what_was_made_is_read_back_whole(table: Table) -> None:
    new = spent("-7", currency="JPY", note="n", tags=["b", "a"], payment_method="card", merchant="#🥐")
    made = table.expenses().create(new).expense
    assert table.expenses().get(made.id) == made
    assert made.amount == "-7"
    assert made.tags == ("b", "a")
    assert made.version == 1
    assert made.created_at == made.updated_at


def test_one_create_writes_expense_and_both_roll_ups(table: Table) -> None:
    made = table.expenses().create(spent("12.34")).expense
    items = table.items()
    assert items.keys() == {
        f"EXPENSE#{made.id}",
        "MONTH#2026-03#EUR",
        "MERCHANT#2026-03#EUR#Corner Shop",
    }
    month = items["MONTH#2026-03#EUR"]
    assert (month["count"], month["total"], month["total#groceries"], month["count#groceries"]) == (
        1,
        1234,
        1234,
        1,
    )
    assert items[f"EXPENSE#{made.id}"]["by_date"] == f"2026-03-14#{made.id}"


def test_a_key_sent_again_replays_the_first_answer_even_after_changes(table: Table) -> None:
    expenses = table.expenses()
    first = expenses.create(spent("5"), KEY)
    expenses.update(first.expense.id, frozenset({1}), parse(ExpensePatch, {"amount": "6"}).applied_to)
    again = expenses.create(spent("5"), KEY)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.expense == first.expense
    assert table.items()["MONTH#2026-03#EUR"]["count"] == 1


def test_a_key_of_another_body_is_refused_and_writes_nothing(table: Table) -> None:
    table.expenses().create(spent("5"), KEY)
    before = table.items()
    with pytest.raises(IdempotencyReused):
        table.expenses().create(spent("6"), Idempotency(KEY.key, "another fingerprint"))
    assert table.items() == before


def test_a_key_is_nothing_to_another_user(table: Table) -> None:
    table.expenses(ANN).create(spent("5"), KEY)
    assert not table.expenses(BOB).create(spent("5"), KEY).replayed


def test_a_key_is_forgotten_after_a_day_even_before_dynamodb_deletes_it(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.expenses().create(spent("5"), KEY)
    written = table.items()[keys.idempotency(KEY.key)]["expires_at"]
    monkeypatch.setattr("time.time", lambda: written - 1)
    assert table.expenses().create(spent("5"), KEY).replayed
    monkeypatch.setattr("time.time", lambda: written)
    assert not table.expenses().create(spent("5"), KEY).replayed


def test_the_key_itself_is_not_stored(table: Table) -> None:
    table.expenses().create(spent(), KEY)
    assert KEY.key not in str(table.items())


def test_a_change_needs_the_version_that_is_current(table: Table) -> None:
    expenses = table.expenses()
    made = expenses.create(spent("5")).expense
    changed = expenses.update(made.id, frozenset({1, 7}), parse(ExpensePatch, {"amount": "6"}).applied_to)
    assert (changed.version, changed.amount, changed.created_at) == (2, "6.00", made.created_at)
    with pytest.raises(StaleVersion) as refusal:
        expenses.update(made.id, frozenset({1}), parse(ExpensePatch, {"amount": "7"}).applied_to)
    assert refusal.value.current == 2
    with pytest.raises(StaleVersion):
        expenses.delete(made.id, frozenset({1}))
    assert expenses.get(made.id) == changed


def test_of_two_who_change_one_version_the_second_is_told(table: Table) -> None:
    expenses = table.expenses()
    made = expenses.create(spent("5")).expense
    turns = itertools.count()

    def overtaken(current: object) -> object:
        if next(turns) == 0:
            table.expenses().update(made.id, frozenset({1}), parse(ExpensePatch, {"note": "first"}).applied_to)
        return parse(ExpensePatch, {"note": "second"}).applied_to(made)

    with pytest.raises(StaleVersion):
        expenses.update(made.id, frozenset({1}), overtaken)  # type: ignore[arg-type]
    assert expenses.get(made.id).note == "first"


def test_a_change_moves_an_expense_from_one_month_and_currency_to_another(table: Table) -> None:
    expenses = table.expenses()
    made = expenses.create(spent("5")).expense
    moved = {"date": "2026-04-01", "currency": "JPY", "category": "fuel", "merchant": "Pump"}
    expenses.update(made.id, frozenset({1}), parse(ExpensePatch, moved).applied_to)
    items = table.items()
    old, new = items["MONTH#2026-03#EUR"], items["MONTH#2026-04#JPY"]
    assert (old["count"], old["total"], old["count#groceries"], old["total#groceries"]) == (0, 0, 0, 0)
    assert (new["count"], new["total"], new["count#fuel"], new["total#fuel"]) == (1, 5, 1, 5)
    assert items["MERCHANT#2026-04#JPY#Pump"]["total"] == 5
    assert items[f"EXPENSE#{made.id}"]["by_date"] == f"2026-04-01#{made.id}"


def test_a_change_of_nothing_makes_no_version(table: Table) -> None:
    made = table.expenses().create(spent()).expense
    before = table.items()
    assert table.expenses().update(made.id, frozenset({1}), parse(ExpensePatch, {}).applied_to) == made
    assert table.items() == before


def test_a_deleted_expense_is_gone_from_everything_and_can_come_back(table: Table) -> None:
    expenses = table.expenses()
    made = expenses.create(spent("5")).expense
    expenses.delete(made.id, frozenset({1}))
    assert "by_date" not in table.items()[f"EXPENSE#{made.id}"]
    assert table.items()["MONTH#2026-03#EUR"]["count"] == 0
    for verb in (
        lambda: expenses.get(made.id),
        lambda: expenses.delete(made.id, frozenset({1, 2})),
        lambda: expenses.update(made.id, frozenset({1, 2}), lambda current: current),
    ):
        with pytest.raises(NotFound):
            verb()
    back = expenses.restore(made.id)
    assert back.version == 3
    assert expenses.get(made.id) == back
    assert table.items()["MONTH#2026-03#EUR"]["total"] == 500
    assert expenses.restore(made.id) == back


def test_another_users_expense_is_not_found(table: Table) -> None:
    made = table.expenses(ANN).create(spent()).expense
    theirs = table.expenses(BOB)
    with pytest.raises(NotFound):
        theirs.get(made.id)
    with pytest.raises(NotFound):
        theirs.restore(made.id)
    with pytest.raises(NotFound):
        theirs.delete(NOWHERE, frozenset({1}))


def test_a_month_takes_no_more_categories_than_its_item_has_room_for(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MAX_CATEGORIES", 2)
    expenses = table.expenses()
    for category in ("a", "b", "a"):
        made = expenses.create(spent(category=category)).expense
    before = table.items()
    with pytest.raises(TooManyCategories):
        expenses.create(spent(category="c"), KEY)
    with pytest.raises(TooManyCategories):
        expenses.update(made.id, frozenset({1}), parse(ExpensePatch, {"category": "c"}).applied_to)
    assert table.items() == before
    expenses.create(spent(category="c", currency="USD"))


def test_a_replay_comes_before_any_other_refusal(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "MAX_CATEGORIES", 1)
    expenses = table.expenses()
    first = expenses.create(spent(category="a"), KEY)
    expenses.delete(first.expense.id, frozenset({1}))
    recompute(table.client, table.name, ANN, ["2026-03"])
    expenses.create(spent(category="b"))
    assert expenses.create(spent(category="a"), KEY).expense == first.expense


def test_a_refused_request_does_not_use_up_its_key(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "MAX_CATEGORIES", 0)
    table.expenses().create(spent(category="a"))
    with pytest.raises(TooManyCategories):
        table.expenses().create(spent(category="b"), KEY)
    monkeypatch.setattr(rollups, "MAX_CATEGORIES", 2)
    assert not table.expenses().create(spent(category="b"), KEY).replayed
