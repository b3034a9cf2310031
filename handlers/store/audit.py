"""Prove that every roll-up equals the sum of its rows, for every user of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.domain.rollup import MonthSum, Sums
from handlers.store import keys
from handlers.store.errors import Busy
from handlers.store.items import is_deleted, read_expense, read_merchant, read_month
from handlers.store.reading import between
from handlers.store.transaction import ATTEMPTS, busy_when_throttled, pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.store.attributes import Item


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One number of one roll-up that is not what its rows sum up to; amounts in minor units."""

    sub: str
    roll_up: str
    number: str
    kept: int
    rows: int

    def __str__(self) -> str:
        return f"user {self.sub}: {self.roll_up} {self.number} is {self.kept}, its rows sum up to {self.rows}"


def audit(client: DynamoDBClient, table: str) -> Iterator[Mismatch]:
    """Every mismatch in ``table``, user by user. Reads all of it, one partition at a time.

    Raises:
        Busy: a user kept writing while they were audited, or DynamoDB throttled.
    """
    for sub in _users(client, table):
        yield from audit_user(client, table, sub)


def audit_user(client: DynamoDBClient, table: str, sub: str) -> tuple[Mismatch, ...]:
    """The mismatches of one user. What does not match is read again while the user writes.

    Raises:
        Busy: the user kept writing, or DynamoDB throttled.
    """
    for attempt in range(ATTEMPTS):
        before = _revisions(client, table, sub)
        found = tuple(audit_partition(sub, _partition(client, table, sub)))
        if not found or _revisions(client, table, sub) == before:
            return found
        pause(attempt)
    raise Busy


def _users(client: DynamoDBClient, table: str) -> Iterator[str]:
    """Every user that has an item. A scan keeps the items of a partition together."""
    request: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "ProjectionExpression": "#pk",
        "ExpressionAttributeNames": {"#pk": PARTITION_KEY},
    }
    seen: set[str] = set()
    while True:
        with busy_when_throttled():
            answer = client.scan(**request)
        for item in answer["Items"]:
            pk = item[PARTITION_KEY]["S"]
            if pk not in seen:
                seen.add(pk)
                yield keys.owner(pk)
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _revisions(client: DynamoDBClient, table: str, sub: str) -> dict[str, object]:
    """What tells whether an expense has changed: every change counts up the ``rev`` of its month."""
    months = between(client, table, sub, *keys.all_of(keys.MONTH))
    return {item[SORT_KEY]["S"]: item.get("rev") for item in months}


def _partition(client: DynamoDBClient, table: str, sub: str) -> Iterator[Item]:
    for prefix in (keys.EXPENSE, keys.MONTH, keys.MERCHANT):
        yield from between(client, table, sub, *keys.all_of(prefix))


def audit_partition(sub: str, items: Iterable[Item]) -> Iterator[Mismatch]:
    """The mismatches among all the items of one user, which must have been read while nobody wrote."""
    sums, kept = Sums(), {}
    for item in items:
        sk = item[SORT_KEY]["S"]
        if keys.is_expense(sk) and not is_deleted(item):
            sums.add(read_expense(item))
        elif sk.startswith((keys.MONTH, keys.MERCHANT)):
            kept[sk] = item
    wanted = dict(_numbers_of_rows(sums))
    for sk in sorted(wanted.keys() | kept.keys()):
        told = _numbers_of_item(sk, kept[sk]) if sk in kept else {}
        summed = wanted.get(sk, {})
        for number in sorted(told.keys() | summed.keys()):
            if told.get(number, 0) != summed.get(number, 0):
                yield Mismatch(sub, sk, number, told.get(number, 0), summed.get(number, 0))


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
