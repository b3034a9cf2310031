"""Lists of expenses, newest date first, from the local index: a read after a write sees it.

A partition holds one person's spending, some 50 payments a month, so filters are applied in memory after one
key query, and no index is spent on them. A request looks at a bounded number of rows: where a filter lets few
through, a page may be short and still have a cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.contract.expense import Expense, ExpensePage
from handlers.contract.names import BY_DATE, PARTITION_KEY, SORT_KEY
from handlers.domain.matching import rules
from handlers.store import keys
from handlers.store.attributes import Item, encode
from handlers.store.cursor import seal, unseal
from handlers.store.items import read_expense
from handlers.store.reading import between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.contract.query import ExpenseQuery

MOST_ROWS = 2000
"""Rows that one request looks at, about 1 MB."""
FILTERED_PAGE = 500
"""Rows asked for at once where a filter will drop some."""


class ExpenseList:
    """The list of one user. ``cursor_key`` signs its cursors."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str, cursor_key: str) -> None:
        self.client, self.table, self.sub, self.cursor_key = client, table, sub, cursor_key

    def page(self, query: ExpenseQuery) -> ExpensePage:
        """One page: full but for the last when nothing is filtered; ``next_cursor`` is null only on the last.

        Raises:
            InvalidCursor
        """
        position = unseal(query.cursor, query, self.sub, self.cursor_key) if query.cursor else None
        wanted = rules(query)
        found: list[Expense] = []
        looked_at, last = 0, position
        for row in self._rows(query, position, filtered=bool(wanted)):
            if len(found) == query.limit or looked_at == MOST_ROWS:
                return ExpensePage.model_construct(items=tuple(found), next_cursor=self._seal(last, query))
            looked_at, last = looked_at + 1, row[BY_DATE]["S"]
            expense = read_expense(row)
            if all(rule(expense) for rule in wanted):
                found.append(expense)
        return ExpensePage.model_construct(items=tuple(found), next_cursor=None)

    def _seal(self, position: str | None, query: ExpenseQuery) -> str:
        assert position
        return seal(position, query, self.sub, self.cursor_key)

    def _rows(self, query: ExpenseQuery, position: str | None, *, filtered: bool) -> Iterator[Item]:
        more: dict[str, Any] = {
            "IndexName": BY_DATE,
            "ScanIndexForward": False,
            "Limit": FILTERED_PAGE if filtered else query.limit + 1,
        }
        if position:
            more["ExclusiveStartKey"] = self._start(position)
        bounds = keys.day_bounds(query.from_, query.to)
        return between(self.client, self.table, self.sub, *bounds, **more)

    def _start(self, position: str) -> Item:
        expense_id = position.partition("#")[2]
        return encode(
            {
                PARTITION_KEY: keys.partition(self.sub),
                SORT_KEY: keys.expense(expense_id),
                BY_DATE: position,
            }
        )
