"""Lists of expenses, newest date first, from the local index: a read after a write sees it.

A partition holds the spending of one person, some 50 payments a month. So one query by date reads the rows, and the
other filters are applied in memory. A request reads a bounded number of rows: where a filter drops most of them, a
page may be short and still have a cursor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.contract.expense import Expense, ExpensePage
from handlers.contract.names import BY_DATE
from handlers.contract.query import ExpenseQuery
from handlers.domain.matching import rules
from handlers.store import keys
from handlers.store.expenses.cursor import seal, unseal
from handlers.store.expenses.items import read_expense
from handlers.store.table.attributes import Item, encode
from handlers.store.table.partition import Partition

MAX_ROWS = 2000
"""Rows that one request reads, about 1 MB."""
FILTERED_PAGE = 500
"""Rows of one DynamoDB page where a filter will drop some."""


@dataclass(frozen=True, slots=True)
class ExpenseList:
    """The list of one user. ``cursor_key`` signs its cursors."""

    partition: Partition
    cursor_key: str

    def page(self, query: ExpenseQuery) -> ExpensePage:
        """One page: full but for the last when nothing is filtered; ``next_cursor`` is null only on the last.

        Raises:
            InvalidCursor, Busy
        """
        position = unseal(query.cursor, query, self.partition.sub, self.cursor_key) if query.cursor else None
        wanted = rules(query)
        found: list[Expense] = []
        rows, last = 0, position
        for row in self._rows(query, position, filtered=bool(wanted)):
            if len(found) == query.limit or rows == MAX_ROWS:
                return ExpensePage.model_construct(items=tuple(found), next_cursor=self._seal(last, query))
            rows, last = rows + 1, row[BY_DATE]["S"]
            expense = read_expense(row)
            if all(rule(expense) for rule in wanted):
                found.append(expense)
        return ExpensePage.model_construct(items=tuple(found), next_cursor=None)

    def _seal(self, position: str | None, query: ExpenseQuery) -> str:
        assert position
        return seal(position, query, self.partition.sub, self.cursor_key)

    def _rows(self, query: ExpenseQuery, position: str | None, *, filtered: bool) -> Iterator[Item]:
        more: dict[str, Any] = {"ScanIndexForward": False, "Limit": FILTERED_PAGE if filtered else query.limit + 1}
        if position:
            more["ExclusiveStartKey"] = self._start(position)
        return self.partition.between(*keys.day_bounds(query.from_, query.to), index=BY_DATE, **more)

    def _start(self, position: str) -> Item:
        expense_id = position.partition("#")[2]
        return {**self.partition.key(keys.expense(expense_id)), **encode({BY_DATE: position})}
