"""Bulk writes: rows first, then the months they touched are summed up anew.

Writing the same rows again, or a part of them, changes nothing: ids are the caller's, and roll-ups are recomputed
from the rows, never incremented. A roll-up that somebody changes meanwhile is recomputed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from handlers.contract.expense import Expense
from handlers.domain.rollup import MonthSum, Sums, sum_up
from handlers.store import keys
from handlers.store.attributes import Item, encode
from handlers.store.errors import Busy
from handlers.store.items import COUNT, TOTAL, expense_item, read_expense
from handlers.store.reading import between
from handlers.store.transaction import ATTEMPTS, pause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 25
"""Items that BatchWriteItem takes."""


def write_many(client: DynamoDBClient, table: str, sub: str, expenses: Iterable[Expense]) -> int:
    """Write ``expenses`` as they are, then recompute their months; how many there were.

    Raises:
        Busy: DynamoDB kept refusing some of them.
    """
    months: set[str] = set()
    written = 0
    rows = iter(expenses)
    while batch := list(islice(rows, BATCH)):
        _put_all(client, table, [expense_item(sub, expense) for expense in batch])
        months |= {keys.month_of(expense.date) for expense in batch}
        written += len(batch)
    recompute(client, table, sub, months)
    return written


def recompute(client: DynamoDBClient, table: str, sub: str, months: Iterable[str]) -> None:
    """Make the roll-ups of ``months`` equal to their rows.

    Raises:
        Busy: somebody changed a month at every attempt.
    """
    for month in sorted(set(months)):
        _recompute(client, table, sub, month)


def rows_of(client: DynamoDBClient, table: str, sub: str, month: str) -> Iterator[Expense]:
    """The expenses of one month that are not deleted."""
    first, last = f"{month}-01", f"{month}-31#{keys.AFTER}"
    return (read_expense(item) for item in between(client, table, sub, first, last, index=keys.BY_DATE))


def _recompute(client: DynamoDBClient, table: str, sub: str, month: str) -> None:
    """Merchants first; the month's item, which every change counts in ``rev``, last and only if nobody came between."""
    for attempt in range(ATTEMPTS):
        kept = {item[keys.SK]["S"]: item for item in _roll_ups(client, table, sub, month)}
        sums = sum_up(rows_of(client, table, sub, month))
        merchants = dict(_merchant_items(sub, sums))
        stale = kept.keys() - merchants.keys()
        stale = {sk for sk in stale if sk.startswith(keys.MERCHANT)}
        _put_all(client, table, list(merchants.values()))
        _delete_all(client, table, sub, sorted(stale))
        if all([_replace(client, table, item, kept) for item in _month_items(sub, sums, kept)]):
            return
        pause(attempt)
    raise Busy


def _roll_ups(client: DynamoDBClient, table: str, sub: str, month: str) -> Iterator[Item]:
    for prefix in (keys.MERCHANT, keys.MONTH):
        yield from between(client, table, sub, *keys.month_bounds(prefix, month, month))


def _month_items(sub: str, sums: Sums, kept: dict[str, Item]) -> Iterator[Item]:
    """An item for each currency that has rows, or that had."""
    wanted = {keys.month_roll_up(keys.RollUpKey(*key)): each for key, each in sums.months.items()}
    had = {sk for sk in kept if sk.startswith(keys.MONTH)}
    for sk in sorted(wanted.keys() | had):
        each = wanted.get(sk, MonthSum())
        rev = int(kept[sk]["rev"]["N"]) + 1 if sk in kept else 1
        values: dict[str, Any] = {"count": each.count, "total": each.total, "rev": rev}
        values |= {COUNT + category: number for category, number in each.counts.items()}
        values |= {TOTAL + category: number for category, number in each.totals.items()}
        values["categories"] = set(each.counts) or None
        yield encode({keys.PK: keys.partition(sub), keys.SK: sk, **values})


def _merchant_items(sub: str, sums: Sums) -> Iterator[tuple[str, Item]]:
    for key, each in sums.merchants.items():
        sk = keys.merchant_roll_up(keys.MerchantKey(*key))
        values = {"count": each.count, "total": each.total, "rev": 1}
        yield sk, encode({keys.PK: keys.partition(sub), keys.SK: sk, **values})


def _replace(client: DynamoDBClient, table: str, item: Item, kept: dict[str, Item]) -> bool:
    seen = kept.get(item[keys.SK]["S"])
    condition = "#rev = :rev" if seen else "attribute_not_exists(#rev)"
    values = {"ExpressionAttributeValues": {":rev": seen["rev"]}} if seen else {}
    try:
        client.put_item(
            TableName=table,
            Item=item,
            ConditionExpression=condition,
            ExpressionAttributeNames={"#rev": "rev"},
            **values,  # type: ignore[arg-type]
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _put_all(client: DynamoDBClient, table: str, items: Sequence[Item]) -> None:
    _batched(client, table, [{"PutRequest": {"Item": item}} for item in items])


def _delete_all(client: DynamoDBClient, table: str, sub: str, sort_keys: Sequence[str]) -> None:
    at = ({keys.PK: keys.partition(sub), keys.SK: sk} for sk in sort_keys)
    _batched(client, table, [{"DeleteRequest": {"Key": encode(key)}} for key in at])


def _batched(client: DynamoDBClient, table: str, requests: Sequence[Any]) -> None:
    """Write all of ``requests``; what DynamoDB leaves unprocessed is sent again, a bounded number of times."""
    for start in range(0, len(requests), BATCH):
        left = list(requests[start : start + BATCH])
        for attempt in range(ATTEMPTS):
            answer = client.batch_write_item(RequestItems={table: left})
            left = list(answer.get("UnprocessedItems", {}).get(table, []))
            if not left:
                break
            pause(attempt)
        else:
            raise Busy
