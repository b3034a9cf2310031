"""Loading: as often as you like, nothing twice, nothing undone that a person did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from checks.roll_ups import audit
from handlers.store import keys
from handlers.store.account.profiles import Profiles
from handlers.store.errors import NotFound
from seed.demo import people
from seed.generate import generate
from seed.load import load
from tests.unit.table import Table, dynamodb_table

if TYPE_CHECKING:
    from collections.abc import Iterator

PERSON = people(1, 1)[0]
ROWS = generate(PERSON.persona, 1, dt.date(2026, 3, 5), PERSON.seed)
SPENDING = [row.expense for row in ROWS if row.expense.date >= dt.date(2026, 2, 24)]
"""Ten days in two months: moto is slow."""
FIRST = frozenset({1})


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb_table() as table:
        yield table


def load_spending(table: Table) -> int:
    return load(table.partition(), PERSON, SPENDING)


def mismatches(table: Table) -> list[Any]:
    return list(audit(table.client, table.name))


def ids(table: Table) -> set[str]:
    return {sk.removeprefix(keys.EXPENSE) for sk in table.items() if sk.startswith(keys.EXPENSE)}


def test_every_row_is_there_and_every_roll_up_equals_its_rows(table: Table) -> None:
    assert load_spending(table) == len(SPENDING)

    assert ids(table) == {each.id for each in SPENDING}
    assert table.items()[keys.month_roll_up(keys.RollUpKey("2026-02", "USD"))]["count"] > 0
    assert mismatches(table) == []


def test_a_loaded_expense_reads_back_as_it_was_generated(table: Table) -> None:
    load_spending(table)

    assert [table.expenses().get(each.id) for each in SPENDING] == SPENDING


def test_a_second_load_writes_nothing(table: Table) -> None:
    load_spending(table)
    before = table.items()
    calls: list[str] = []
    table.client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    assert load_spending(table) == 0

    assert set(calls) == {"Query"}
    assert table.items() == before


def test_what_a_person_edited_or_deleted_stays_as_they_left_it(table: Table) -> None:
    load_spending(table)
    edited, deleted = SPENDING[0], SPENDING[1]
    expenses = table.expenses()
    expenses.update(edited.id, FIRST, lambda old: old.model_copy(update={"merchant": "Elsewhere"}))
    expenses.delete(deleted.id, FIRST)

    assert load_spending(table) == 0

    assert expenses.get(edited.id).merchant == "Elsewhere"
    with pytest.raises(NotFound):
        expenses.get(deleted.id)
    assert mismatches(table) == []


def test_a_load_that_died_before_the_roll_ups_is_mended_and_finished_by_the_next(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("handlers.store.expenses.bulk.recompute", _die)
        with pytest.raises(KeyboardInterrupt):
            load_spending(table)
    there = len(ids(table))
    assert 0 < there < len(SPENDING)
    assert mismatches(table)

    assert load_spending(table) == len(SPENDING) - there

    assert ids(table) == {each.id for each in SPENDING}
    assert mismatches(table) == []


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_later_load_adds_the_days_in_between(table: Table) -> None:
    earlier = [each for each in SPENDING if each.date < dt.date(2026, 3, 3)]
    load(table.partition(), PERSON, earlier)

    assert load_spending(table) == len(SPENDING) - len(earlier)

    assert mismatches(table) == []


def test_what_a_person_spent_before_the_load_is_counted_with_it(table: Table) -> None:
    bought = table.expenses().create(SPENDING[0].model_copy(update={"amount": "1.00"})).expense

    load_spending(table)

    assert ids(table) == {each.id for each in SPENDING} | {bought.id}
    assert mismatches(table) == []


def test_a_new_person_gets_a_profile_and_a_later_load_leaves_it_alone(table: Table) -> None:
    load_spending(table)
    profiles = Profiles(table.partition())
    assert profiles.read(PERSON.email).home_currency == "USD"
    chosen = PERSON.profile.model_copy(update={"display_name": "Somebody"})
    profiles.update(PERSON.email, lambda _: chosen)

    load_spending(table)

    assert profiles.read(PERSON.email).display_name == "Somebody"
