"""Prove that every roll-up equals the sum of its rows, for every user of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.domain.rollup import MonthSum, Sums
from handlers.store import keys
from handlers.store.errors import Busy
from handlers.store.expenses.items import is_deleted, read_expense
from handlers.store.roll_ups.items import read_merchant, read_month
from handlers.store.table.partition import Partition, every_item
from handlers.store.table.transaction import ATTEMPTS, pause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.store.table.attributes import Item


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One number of a roll-up that differs from the sum of its rows; amounts in minor units."""

    sub: str
    roll_up: str
    number: str
    kept: int
    rows: int

    def __str__(self) -> str:
        return f"user {self.sub}: {self.roll_up} {self.number} is {self.kept}, its rows sum up to {self.rows}"


def audit(client: DynamoDBClient, table: str) -> Iterator[Mismatch]:
    """Every mismatch in ``table``. Reads all of it, one partition at a time.

    Raises:
        Busy: a user wrote during every attempt, or DynamoDB throttled.
    """
    for sub in _users(client, table):
        yield from audit_user(Partition(client, table, sub))


def audit_user(partition: Partition) -> tuple[Mismatch, ...]:
    """The mismatches of one user. While the user writes, a mismatch is read again.

    Raises:
        Busy: the user wrote during every attempt, or DynamoDB throttled.
    """
    for attempt in range(ATTEMPTS):
        before = _revisions(partition)
        found = tuple(audit_partition(partition.sub, _items(partition)))
        if not found or _revisions(partition) == before:
            return found
        pause(attempt)
    raise Busy


def _users(client: DynamoDBClient, table: str) -> Iterator[str]:
    """Every user that has an item. A scan keeps the items of a partition together."""
    name = f"#{PARTITION_KEY}"
    items = every_item(
        client.scan,
        TableName=table,
        ConsistentRead=True,
        ProjectionExpression=name,
        ExpressionAttributeNames={name: PARTITION_KEY},
    )
    seen: set[str] = set()
    for item in items:
        pk = item[PARTITION_KEY]["S"]
        if pk not in seen:
            seen.add(pk)
            yield keys.owner(pk)


def _revisions(partition: Partition) -> dict[str, object]:
    """The ``rev`` of each month, which every change of an expense counts up."""
    return {item[SORT_KEY]["S"]: item.get("rev") for item in partition.between(*keys.all_of(keys.MONTH))}


def _items(partition: Partition) -> Iterator[Item]:
    for prefix in (keys.EXPENSE, keys.MONTH, keys.MERCHANT):
        yield from partition.between(*keys.all_of(prefix))


def audit_partition(sub: str, items: Iterable[Item]) -> Iterator[Mismatch]:
    """The mismatches among all the items of one user, which nobody may have changed while they were read."""
    sums, kept = Sums(), {}
    for item in items:
        sk = item[SORT_KEY]["S"]
        if keys.is_expense(sk) and not is_deleted(item):
            sums.add(read_expense(item))
        elif sk.startswith((keys.MONTH, keys.MERCHANT)):
            kept[sk] = item
    wanted = dict(_numbers_of_rows(sums))
    for sk in sorted(wanted.keys() | kept.keys()):
        stored = _numbers_of_item(sk, kept[sk]) if sk in kept else {}
        summed = wanted.get(sk, {})
        for number in sorted(stored.keys() | summed.keys()):
            if stored.get(number, 0) != summed.get(number, 0):
                yield Mismatch(sub, sk, number, stored.get(number, 0), summed.get(number, 0))


def _numbers_of_rows(sums: Sums) -> Iterator[tuple[str, dict[str, int]]]:
    for key, month in sums.months.items():
        yield keys.month_roll_up(keys.RollUpKey(*key)), _numbers(month)
    for at, merchant in sums.merchants.items():
        numbers = {"count": merchant.count, "total": merchant.total}
        yield keys.merchant_roll_up(keys.MerchantKey(*at)), numbers


def _numbers_of_item(sk: str, item: Item) -> dict[str, int]:
    if sk.startswith(keys.MONTH):
        return _numbers(read_month(item))
    merchant = read_merchant(item)
    return {"count": merchant.count, "total": merchant.total}


def _numbers(month: MonthSum) -> dict[str, int]:
    numbers = {"count": month.count, "total": month.total}
    numbers |= {f"count of {category}": number for category, number in month.counts.items()}
    return numbers | {f"total of {category}": number for category, number in month.totals.items()}
