"""Bulk writes of expenses: the rows first, then the roll-ups of their months.

A repeated write changes nothing: the caller gives the ids, and roll-ups are recomputed from the rows, never
incremented.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from handlers.contract.expense import Expense
from handlers.store import keys
from handlers.store.expenses.items import expense_item
from handlers.store.expenses.recompute import recompute
from handlers.store.table.batch import MAX_REQUESTS, write_batch
from handlers.store.table.partition import Partition


def write_many(partition: Partition, expenses: Iterable[Expense]) -> int:
    """Write ``expenses`` as they are, then recompute their months; the number of expenses.

    An expense that was in another month before leaves that month's roll-up for the caller to recompute.

    Raises:
        Busy: DynamoDB left some of them unprocessed, or other requests changed a month, at every attempt.
    """
    months: set[str] = set()
    written, rows = 0, iter(expenses)
    while batch := list(islice(rows, MAX_REQUESTS)):
        puts = [{"PutRequest": {"Item": expense_item(partition.sub, expense)}} for expense in batch]
        write_batch(partition.client, partition.table, puts)
        months |= {keys.month_of(expense.date) for expense in batch}
        written += len(batch)
    recompute(partition, months)
    return written
