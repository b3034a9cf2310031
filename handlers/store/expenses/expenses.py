"""The expenses of one user. A write is one transaction: the expense, its roll-ups, the idempotency record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.contract.expense import Expense, ExpenseIn
from handlers.contract.names import BY_DATE
from handlers.domain.moment import now
from handlers.domain.rollup import difference
from handlers.domain.ulid import new_ulid
from handlers.store import keys
from handlers.store.errors import Busy, Conflict, NotFound, StaleVersion
from handlers.store.expenses.idempotency import Idempotency, record, replayed
from handlers.store.expenses.items import expense_item, is_deleted, read_expense
from handlers.store.roll_ups.steps import roll_up
from handlers.store.table.partition import IS_NEW, Partition
from handlers.store.table.transaction import Step

TRIES = 3
"""Attempts of a write that meets a conflict."""
SAME_VERSION = "#version = :version AND attribute_not_exists(#deleted_at)"


@dataclass(frozen=True, slots=True)
class Created:
    """``replayed``: an earlier request with the same key created it."""

    expense: Expense
    replayed: bool


@dataclass(frozen=True, slots=True)
class Expenses:
    """The expenses in one partition."""

    partition: Partition

    def create(self, new: ExpenseIn, idempotency: Idempotency | None = None) -> Created:
        """Create an expense, once for each key.

        Raises:
            IdempotencyReused, TooManyCategories, Busy
        """
        moment = now()
        made = Expense.model_construct(
            **_values(new), id=new_ulid(), version=1, receipt_count=0, created_at=moment, updated_at=moment
        )
        item = expense_item(self.partition.sub, made)
        steps = [self.partition.put(item, IS_NEW, AssertionError), *self._roll_up(None, made)]
        if idempotency is None:
            self.partition.transact(steps)
            return Created(made, replayed=False)
        steps.insert(0, record(self.partition, idempotency, made))  # a replay comes before any other refusal
        for _ in range(TRIES):
            try:
                self.partition.transact(steps)
            except Conflict:
                if earlier := self.partition.item(keys.idempotency(idempotency.key)):
                    return Created(replayed(earlier, idempotency), replayed=True)
            else:
                return Created(made, replayed=False)
        raise Busy

    def get(self, expense_id: str) -> Expense:
        """One expense that is not deleted.

        Raises:
            NotFound, Busy
        """
        item = self.partition.item(keys.expense(expense_id))
        if item is None or is_deleted(item):
            raise NotFound
        return read_expense(item)

    def update(self, expense_id: str, versions: frozenset[int], change: Callable[[Expense], ExpenseIn]) -> Expense:
        """Change an expense that has one of ``versions``. Equal values make no new version.

        Raises:
            NotFound, StaleVersion, TooManyCategories, Busy
        """
        current = self._current(expense_id, versions)
        wanted = change(current)
        if _values(wanted) == _values(current):
            return current
        changed = _successor(current, wanted)
        item = expense_item(self.partition.sub, changed)
        put = self.partition.put(item, SAME_VERSION, version=current.version)
        self._write([put, *self._roll_up(current, changed)], expense_id, versions)
        return changed

    def delete(self, expense_id: str, versions: frozenset[int]) -> None:
        """Take an expense out of every list and sum; it can be restored.

        Raises:
            NotFound, StaleVersion, Busy
        """
        current = self._current(expense_id, versions)
        update = self.partition.update(
            keys.expense(expense_id),
            f"SET #deleted_at = :now, #updated_at = :now ADD #version :one REMOVE #{BY_DATE}",
            SAME_VERSION,
            version=current.version,
            now=now(),
            one=1,
        )
        self._write([update, *self._roll_up(current, None)], expense_id, versions)

    def restore(self, expense_id: str) -> Expense:
        """Undo a delete; an expense that is not deleted stays as it is.

        Raises:
            NotFound, TooManyCategories, Busy
        """
        for _ in range(TRIES):
            item = self.partition.item(keys.expense(expense_id))
            if item is None:
                raise NotFound
            found = read_expense(item)
            if not is_deleted(item):
                return found
            restored = _successor(found, found)
            still_deleted = "#version = :version AND attribute_exists(#deleted_at)"
            put = self.partition.put(expense_item(self.partition.sub, restored), still_deleted, version=found.version)
            try:
                self.partition.transact([put, *self._roll_up(None, restored)])
            except Conflict:
                continue
            return restored
        raise Busy

    def _current(self, expense_id: str, versions: frozenset[int]) -> Expense:
        current = self.get(expense_id)
        if current.version not in versions:
            raise StaleVersion(current.version)
        return current

    def _write(self, steps: list[Step], expense_id: str, versions: frozenset[int]) -> None:
        try:
            self.partition.transact(steps)
        except Conflict:
            self._current(expense_id, versions)
            raise Busy from None

    def _roll_up(self, old: Expense | None, new: Expense | None) -> list[Step]:
        return list(roll_up(self.partition, difference(old, new)))


def _successor(current: Expense, wanted: ExpenseIn) -> Expense:
    return Expense.model_construct(
        **_values(wanted),
        id=current.id,
        receipt_count=current.receipt_count,
        created_at=current.created_at,
        version=current.version + 1,
        updated_at=now(),
    )


def _values(expense: ExpenseIn) -> dict[str, Any]:
    return {name: getattr(expense, name) for name in ExpenseIn.model_fields}
