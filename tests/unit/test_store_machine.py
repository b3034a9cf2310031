"""Whatever is done to expenses, in whatever order: roll-ups equal rows, and lists equal what is left."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    rule,
    run_state_machine_as_test,
)

from checks.roll_ups import audit_user
from handlers.contract.expense import Expense, ExpenseIn, ExpensePatch
from handlers.contract.parsing import parse
from handlers.contract.query import ExpenseQuery
from handlers.store.errors import IdempotencyReused, NotFound, StaleVersion
from handlers.store.expenses.bulk import write_many
from handlers.store.expenses.idempotency import Idempotency
from handlers.store.expenses.recompute import recompute
from tests.unit.table import Table, dynamodb, kept, make_table, spent

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "date": st.sampled_from(["2026-02-28", "2026-03-01", "2026-03-31"]),
    "amount": st.sampled_from(["1", "25", "-7", "999999999"]),
    "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
    "category": st.sampled_from(["groceries", "fuel", "rent"]),
    "merchant": st.sampled_from(["Corner Shop", "Shop #2 #EUR", "🥐"]),
    "note": st.sampled_from([None, "a note"]),
}
NEW = st.fixed_dictionaries(FIELDS)
PATCH = st.fixed_dictionaries({}, optional=FIELDS)


class Spending(RuleBasedStateMachine):
    live = Bundle("live")
    deleted = Bundle("deleted")

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self.expenses = table.expenses()
        self.model: dict[str, Expense] = {}
        self.answers: dict[str, tuple[ExpenseIn, Expense]] = {}

    @rule(target=live, fields=NEW)
    def create(self, fields: dict[str, Any]) -> str:
        made = self.expenses.create(spent(**fields)).expense
        self.model[made.id] = made
        return made.id

    @rule(key=st.sampled_from(["k1", "k2"]), fields=NEW)
    def create_with_a_key(self, key: str, fields: dict[str, Any]) -> None:
        new = spent(**fields)
        idempotency = Idempotency(key, new.model_dump_json())
        first, answer = self.answers.get(key, (new, None))
        if first != new:
            with contextlib.suppress(IdempotencyReused):
                self.expenses.create(new, idempotency)
                raise AssertionError("the key was taken for another expense")
            return
        created = self.expenses.create(new, idempotency)
        assert created.replayed is (answer is not None)
        if answer is not None:
            assert created.expense == answer
        else:
            self.model[created.expense.id] = created.expense
            self.answers[key] = (new, created.expense)

    @rule(expense_id=live, patch=PATCH)
    def update(self, expense_id: str, patch: dict[str, Any]) -> None:
        before = self.model.get(expense_id)
        version = frozenset({before.version if before else 1})
        with contextlib.suppress(NotFound):
            after = self.expenses.update(expense_id, version, parse(ExpensePatch, patch).applied_to)
            assert before is not None, "a deleted expense was changed"
            assert after.version == before.version + any(
                getattr(after, name) != getattr(before, name) for name in ExpenseIn.model_fields
            )
            self.model[expense_id] = after

    @rule(expense_id=live)
    def update_a_version_long_gone(self, expense_id: str) -> None:
        with contextlib.suppress(NotFound, StaleVersion):
            self.expenses.update(expense_id, frozenset({0}), parse(ExpensePatch, {"amount": "3"}).applied_to)
            raise AssertionError("a stale write was let through")

    @rule(target=deleted, expense_id=consumes(live))
    def delete(self, expense_id: str) -> str:
        self.expenses.delete(expense_id, frozenset({self.model.pop(expense_id).version}))
        return expense_id

    @rule(target=live, expense_id=consumes(deleted))
    def restore(self, expense_id: str) -> str:
        self.model[expense_id] = self.expenses.restore(expense_id)
        return expense_id

    @rule(number=st.integers(0, 3), fields=NEW)
    def load(self, number: int, fields: dict[str, Any]) -> None:
        row = kept(f"01JD8Z3N5T9Q4V7XK2M6R0BHW{number}", **fields)
        write_many(self.table.partition(), [row])
        stale = self.model.get(row.id)
        if stale and stale.date.month != row.date.month:
            recompute(self.table.partition(), [stale.date.isoformat()[:7]])
        self.model[row.id] = row

    @rule(month=st.sampled_from(["2026-02", "2026-03", "1999-12"]))
    def recompute(self, month: str) -> None:
        recompute(self.table.partition(), [month])

    @rule()
    def look(self) -> None:
        """Every roll-up equals its rows, the list is what is left, and a report counts each expense once."""
        assert audit_user(self.table.partition()) == ()
        listed = self.table.list().page(ExpenseQuery(limit=200)).items
        assert list(listed) == sorted(self.model.values(), key=lambda each: (each.date, each.id), reverse=True)
        reported = self.table.reports().trend("2026-02", "2026-03")
        assert sum(month.count for month in reported.items) == len(self.model)

    def teardown(self) -> None:
        self.look()
        self.table.client.delete_table(TableName=self.table.name)


@pytest.mark.parametrize("stories", [6, pytest.param(40, marks=pytest.mark.deep)])
def test_roll_ups_equal_their_rows_after_anything_a_user_may_do(stories: int) -> None:
    numbers = itertools.count()
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    with dynamodb() as client:
        run_state_machine_as_test(
            lambda: Spending(make_table(client, f"table-{next(numbers)}")),  # type: ignore[arg-type]
            settings=settings(max_examples=stories, stateful_step_count=20, deadline=None, suppress_health_check=slow),
        )
