"""Many expenses of one user, written in bulk together with their roll-ups.

Not by the store's ``write_many``, which reads all rows back to sum them up: on the emulator, where a query
evaluates every item of the partition for every page, that takes longer than to write them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from handlers.contract.expense import Expense
from handlers.domain.rollup import sum_up
from handlers.domain.ulid import new_ulid
from handlers.store import keys
from handlers.store.attributes import Item
from handlers.store.bulk import BATCH
from handlers.store.items import expense_item, merchant_item, month_item

LAST = dt.date(2026, 3, 31)
A_DAY, DAYS = 50 / 30, 3650
"""About 50 rows a month; what would take longer than ten years makes the days fuller."""
WRITERS = 2


def write(client: Any, table: str, sub: str, count: int) -> None:
    """Give ``sub``, who has none, ``count`` expenses of the months up to ``LAST``."""
    items = list(_items(sub, list(expenses(count))))
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(lambda batch: _put(client, table, batch), batches):
            pass


def expenses(count: int) -> Iterator[Expense]:
    """Newest first: four categories and forty merchants in turn."""
    a_day = max(count / DAYS, A_DAY)
    for number in range(count):
        yield Expense(
            date=LAST - dt.timedelta(days=int(number / a_day)),
            currency="EUR",
            amount="12.34",
            category=("groceries", "coffee", "rent", "fun")[number % 4],
            merchant=f"Merchant {number % 40}",
            id=new_ulid(),
            version=1,
            receipt_count=0,
            created_at="2026-01-01T00:00:00Z",
            updated_at="2026-01-01T00:00:00Z",
        )


def _items(sub: str, rows: list[Expense]) -> Iterator[Item]:
    sums = sum_up(rows)
    yield from (expense_item(sub, row) for row in rows)
    yield from (month_item(sub, keys.RollUpKey(*at), each, rev=1) for at, each in sums.months.items())
    yield from (merchant_item(sub, keys.MerchantKey(*at), each) for at, each in sums.merchants.items())


def _put(client: Any, table: str, items: list[Item]) -> None:
    left: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
    while left:
        left = client.batch_write_item(RequestItems={table: left}).get("UnprocessedItems", {}).get(table, [])
