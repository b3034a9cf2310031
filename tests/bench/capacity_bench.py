"""What each access pattern costs: milliseconds on the emulator, and capacity units computed from item sizes.

The emulator reports a constant for queries, so units are computed as DynamoDB documents them: a strongly consistent
read costs one unit for each 4 KB, a transactional write two for each KB of each item, an index write one more for
each KB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import datetime
import json
import math
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from handlers.contract.expense import Expense, ExpenseIn
from handlers.contract.parsing import parse
from handlers.contract.query import ExpenseQuery
from handlers.domain.ulid import new_ulid
from handlers.store.bulk import write_many
from handlers.store.expenses import Expenses
from handlers.store.listing import ExpenseList
from handlers.store.profiles import Profiles
from handlers.store.reports import Reports
from tests.bench.table import Line, timed
from tests.e2e.api import COFFEE, Stack

READ_UNIT, WRITE_UNIT = 4096, 1024
TIMES = 5


def measure(stack: Stack, rows: int) -> Iterator[Line]:
    """Each access pattern of one user with ``rows`` expenses, about 50 a month (more a month from 6,000 on)."""
    client, table, sub = stack.client("dynamodb"), stack.outputs["table_name"], f"bench-{rows}"
    yield Line(f"write {rows:,} rows in bulk", timed(lambda: write_many(client, table, sub, _rows(rows))), "s")
    recorded = _Recorded(client)
    expenses, listed = Expenses(client, table, sub), ExpenseList(client, table, sub, "key")
    reports, profiles = Reports(client, table, sub), Profiles(client, table, sub)
    made = expenses.create(parse(ExpenseIn, COFFEE)).expense
    profiles.read("a@example.com")
    month = {"from": "2026-03-01", "to": "2026-03-31"}
    patterns: dict[str, Callable[[], object]] = {
        "create an expense": lambda: expenses.create(parse(ExpenseIn, COFFEE)),
        "read one": lambda: expenses.get(made.id),
        "first page of 50": lambda: listed.page(ExpenseQuery()),
        "a month, filtered by category": lambda: listed.page(
            ExpenseQuery.model_validate({**month, "category": "coffee", "limit": 200})
        ),
        "month report": lambda: reports.month("2026-03"),
        "trend of twelve months": lambda: reports.trend("2025-04", "2026-03"),
        "profile": lambda: profiles.read("a@example.com"),
    }
    for name, pattern in patterns.items():
        recorded.clear()
        pattern()
        units = f"{recorded.calls} call(s), {recorded.reads:g} RCU, {recorded.writes:g} WCU"
        taken = statistics.median(timed(pattern) * 1000 for _ in range(TIMES))
        yield Line(f"{rows:,} rows: {name}", taken, "ms", units)


class _Recorded:
    """Watches one client's calls and adds up their units."""

    def __init__(self, client: Any) -> None:
        self.clear()
        client.meta.events.register("before-call.dynamodb", self._before)
        client.meta.events.register("after-call.dynamodb", self._after)

    def clear(self) -> None:
        self.calls, self.reads, self.writes = 0, 0.0, 0.0

    def _before(self, model: Any, params: Any, **_: Any) -> None:
        self.calls += 1
        if model.name == "TransactWriteItems":
            for action in json.loads(params["body"])["TransactItems"]:
                item = next(iter(action.values()))
                size = _size(item.get("Item", item.get("ExpressionAttributeValues", {})))
                self.writes += 2 * math.ceil(size / WRITE_UNIT) * (2 if "by_date" in item.get("Item", {}) else 1)

    def _after(self, parsed: Any, model: Any, **_: Any) -> None:
        if model.name in {"GetItem", "Query"}:
            found = parsed.get("Items") or [parsed.get("Item", {})]
            self.reads += math.ceil(max(sum(map(_size, found)), 1) / READ_UNIT)


def _size(item: Any) -> int:
    """Bytes of an item: names and values (numbers about half their digits), lists with three more."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Any) -> int:
    kind, content = next(iter(value.items()))
    if kind == "N":
        return len(content) // 2 + 1
    if kind in {"L", "SS"}:
        return 3 + sum(_value(each) if isinstance(each, dict) else len(each.encode()) for each in content)
    return len(str(content).encode())


def _rows(count: int) -> Iterator[Expense]:
    """Spread over ten years at the most, back from March 2026."""
    last, per_day = datetime.date(2026, 3, 31), max(count / 3650, 50 / 30)
    for number in range(count):
        yield Expense(
            date=last - datetime.timedelta(days=int(number / per_day)),
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
