"""The expenses of one user. A write is one transaction: the expense, its roll-ups, the idempotency record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.contract.expense import Expense, ExpenseIn
from handlers.contract.names import BY_DATE, PARTITION_KEY, SORT_KEY
from handlers.domain.moment import now
from handlers.domain.rollup import difference
from handlers.domain.ulid import new_ulid
from handlers.store import keys, rollups
from handlers.store.attributes import Item, encode
from handlers.store.errors import Busy, NotFound, StaleVersion
from handlers.store.idempotency import Idempotency, Recorded, record, replayed
from handlers.store.items import expense_item, is_deleted, read_expense
from handlers.store.reading import one
from handlers.store.transaction import Step, transact

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 3
"""How often a write that lost a race looks again before it gives up."""


@dataclass(frozen=True, slots=True)
class Created:
    """``replayed``: an earlier request with the same key made it."""

    expense: Expense
    replayed: bool


class Changed(Exception):  # noqa: N818 (a signal, not a failure)
    """The item is no longer as it was read."""


class Expenses:
    """The expenses of ``sub``, who is nobody else's partition."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str) -> None:
        self.client, self.table, self.sub = client, table, sub

    def create(self, new: ExpenseIn, idempotency: Idempotency | None = None) -> Created:
        """Make an expense, once for each key.

        Raises:
            IdempotencyReused, TooManyCategories, Busy
        """
        moment = now()
        made = Expense.model_construct(
            **_values(new), id=new_ulid(), version=1, receipt_count=0, created_at=moment, updated_at=moment
        )
        put = {
            "TableName": self.table,
            "Item": expense_item(self.sub, made),
            **_condition("attribute_not_exists(#pk)"),
        }
        steps = [Step({"Put": put}, Changed), *self._rolled(None, made)]
        if idempotency is None:
            transact(self.client, steps)
            return Created(made, replayed=False)
        steps.insert(0, record(self.table, self.sub, idempotency, made))  # a replay comes before any other refusal
        for _ in range(TRIES):
            try:
                transact(self.client, steps)
            except Recorded:
                if earlier := self._item(keys.idempotency(idempotency.key)):
                    return Created(replayed(earlier, idempotency), replayed=True)
            else:
                return Created(made, replayed=False)
        raise Busy

    def get(self, expense_id: str) -> Expense:
        """One expense that is not deleted.

        Raises:
            NotFound
        """
        item = self._item(keys.expense(expense_id))
        if item is None or is_deleted(item):
            raise NotFound
        return read_expense(item)

    def update(self, expense_id: str, versions: frozenset[int], change: Callable[[Expense], ExpenseIn]) -> Expense:
        """Change an expense that has one of ``versions``. What changes nothing makes no new version.

        Raises:
            NotFound, StaleVersion, TooManyCategories, Busy
        """
        current = self._current(expense_id, versions)
        wanted = change(current)
        if _values(wanted) == _values(current):
            return current
        changed = self._successor(current, wanted)
        put = {
            "TableName": self.table,
            "Item": expense_item(self.sub, changed),
            **_unchanged(current.version),
        }
        self._write([Step({"Put": put}, Changed), *self._rolled(current, changed)], expense_id, versions)
        return changed

    def delete(self, expense_id: str, versions: frozenset[int]) -> None:
        """Take an expense out of every list and sum; it can be restored.

        Raises:
            NotFound, StaleVersion, Busy
        """
        current = self._current(expense_id, versions)
        unchanged = _unchanged(current.version)
        update = {
            "TableName": self.table,
            "Key": self._key(keys.expense(expense_id)),
            "UpdateExpression": "SET #deleted = :now, #updated = :now ADD #version :one REMOVE #by_date",
            **unchanged,
            "ExpressionAttributeNames": {
                **unchanged["ExpressionAttributeNames"],
                "#updated": "updated_at",
                "#by_date": BY_DATE,
            },
            "ExpressionAttributeValues": {
                **unchanged["ExpressionAttributeValues"],
                **encode({":now": now(), ":one": 1}),
            },
        }
        self._write([Step({"Update": update}, Changed), *self._rolled(current, None)], expense_id, versions)

    def restore(self, expense_id: str) -> Expense:
        """Undo a delete; nothing where it is not deleted.

        Raises:
            NotFound, TooManyCategories, Busy
        """
        for _ in range(TRIES):
            item = self._item(keys.expense(expense_id))
            if item is None:
                raise NotFound
            found = read_expense(item)
            if not is_deleted(item):
                return found
            restored = self._successor(found, found)
            same = _condition("#version = :version AND attribute_exists(#deleted)", version=found.version)
            put = {"TableName": self.table, "Item": expense_item(self.sub, restored), **same}
            try:
                transact(self.client, [Step({"Put": put}, Changed), *self._rolled(None, restored)])
            except Changed:
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
            transact(self.client, steps)
        except Changed:
            now_is = self.get(expense_id)
            if now_is.version in versions:
                raise Busy from None
            raise StaleVersion(now_is.version) from None

    def _successor(self, current: Expense, wanted: ExpenseIn) -> Expense:
        kept: dict[str, Any] = {
            "id": current.id,
            "receipt_count": current.receipt_count,
            "created_at": current.created_at,
        }
        return Expense.model_construct(**_values(wanted), **kept, version=current.version + 1, updated_at=now())

    def _rolled(self, old: Expense | None, new: Expense | None) -> list[Step]:
        return list(rollups.steps(self.table, self.sub, difference(old, new)))

    def _key(self, sk: str) -> Item:
        return encode({PARTITION_KEY: keys.partition(self.sub), SORT_KEY: sk})

    def _item(self, sk: str) -> Item | None:
        return one(self.client, self.table, self.sub, sk)


def _values(expense: ExpenseIn) -> dict[str, Any]:
    return {name: getattr(expense, name) for name in ExpenseIn.model_fields}


def _condition(expression: str, **values: Any) -> dict[str, Any]:
    """A condition on ``#pk``, ``#version`` and ``#deleted``, naming those it uses."""
    names = {"#pk": PARTITION_KEY, "#version": "version", "#deleted": "deleted_at"}
    condition: dict[str, Any] = {
        "ConditionExpression": expression,
        "ExpressionAttributeNames": {name: attribute for name, attribute in names.items() if name in expression},
    }
    if values:
        condition["ExpressionAttributeValues"] = encode({f":{name}": value for name, value in values.items()})
    return condition


def _unchanged(version: int) -> dict[str, Any]:
    return _condition("#version = :version AND attribute_not_exists(#deleted)", version=version)
