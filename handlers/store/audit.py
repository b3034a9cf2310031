"""Prove that every roll-up equals the sum of its rows, for every user of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from handlers.domain.rollup import MonthSum, Sums, sum_up
from handlers.store import keys
from handlers.store.attributes import Item, decode
from handlers.store.items import is_deleted, read_expense, read_month

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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
    """Every mismatch in ``table``. Reads all of it, one user's partition at a time (a scan keeps them together)."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = (item for page in pages for item in page["Items"])
    for pk, of_user in groupby(items, key=lambda item: item[keys.PK]["S"]):
        yield from audit_partition(keys.owner(pk), of_user)


def audit_partition(sub: str, items: Iterable[Item]) -> Iterator[Mismatch]:
    """The mismatches among all the items of one user."""
    expenses, kept = [], {}
    for item in items:
        sk = item[keys.SK]["S"]
        if sk.startswith(keys.EXPENSE) and "RECEIPT#" not in sk and not is_deleted(item):
            expenses.append(read_expense(item))
        elif sk.startswith((keys.MONTH, keys.MERCHANT)):
            kept[sk] = item
    wanted = dict(_numbers_of_rows(sum_up(expenses)))
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
    values = decode(item)
    return {"count": values["count"], "total": values["total"]}


def _numbers(month: MonthSum) -> dict[str, int]:
    numbers = {"count": month.count, "total": month.total}
    numbers |= {f"count of {category}": number for category, number in month.counts.items()}
    return numbers | {f"total of {category}": number for category, number in month.totals.items()}
