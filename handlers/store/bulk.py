"""Bulk writes: rows first, then the months they touched are summed up anew.

Writing the same rows again, or a part of them, changes nothing: ids are the caller's, and roll-ups are
recomputed from the rows, never incremented. Each currency of a month is replaced by a transaction that holds
only while its ``rev``, which every change of an expense counts up, is as it was before the rows were read.
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from handlers.contract.names import BY_DATE, PARTITION_KEY, SORT_KEY
from handlers.contract.query import month_name, month_number
from handlers.domain.rollup import MonthSum, Sums, sum_up
from handlers.store import keys
from handlers.store.batch import BATCH, write_batch
from handlers.store.errors import Busy
from handlers.store.items import expense_item, merchant_item, month_item, read_expense
from handlers.store.reading import between
from handlers.store.transaction import ATTEMPTS, Step, pause, transact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.contract.expense import Expense
    from handlers.store.attributes import Item

TRANSACTION = 100
"""Actions that TransactWriteItems takes."""


class _Overtaken(Exception):  # noqa: N818 (a signal, not a failure)
    """Somebody changed an expense of the month while it was summed up."""


def write_many(client: DynamoDBClient, table: str, sub: str, expenses: Iterable[Expense]) -> int:
    """Write ``expenses`` as they are, then recompute their months; how many there were.

    An expense that was in another month before leaves that month's roll-up for the caller to recompute.

    Raises:
        Busy: DynamoDB kept refusing some of them, or somebody changed a month at every attempt.
    """
    months: set[str] = set()
    written, rows = 0, iter(expenses)
    while batch := list(islice(rows, BATCH)):
        write_batch(client, table, [{"PutRequest": {"Item": expense_item(sub, expense)}} for expense in batch])
        months |= {keys.month_of(expense.date) for expense in batch}
        written += len(batch)
    recompute(client, table, sub, months)
    return written


def recompute(client: DynamoDBClient, table: str, sub: str, months: Iterable[str]) -> None:
    """Make the roll-ups of ``months`` equal to their rows.

    Raises:
        Busy: somebody changed a month at every attempt.
    """
    left = set(months)
    for attempt in range(ATTEMPTS):
        left = {month for span in spans(left) for month in _recompute(client, table, sub, *span)}
        if not left:
            return
        pause(attempt)
    raise Busy


def spans(months: Iterable[str]) -> Iterator[tuple[str, str]]:
    """First and last of each unbroken run of ``months``: a span costs as many queries as a month."""
    numbers = sorted(month_number(month) for month in set(months))
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        yield month_name(found[0]), month_name(found[-1])


def _recompute(client: DynamoDBClient, table: str, sub: str, first: str, last: str) -> set[str]:
    """Recompute a span; the months in it that somebody changed meanwhile, and that are left."""
    old = {item[SORT_KEY]["S"]: item for item in _roll_ups(client, table, sub, first, last)}
    rows = between(client, table, sub, *keys.days_of(first, last), IndexName=BY_DATE)
    sums = sum_up(read_expense(row) for row in rows)
    new = {item[SORT_KEY]["S"]: item for item in _summed(sub, sums, old)}
    overtaken: set[str] = set()
    for sk in sorted(sk for sk in new if sk.startswith(keys.MONTH)):
        try:
            _replace(client, table, sk, old, new)
        except _Overtaken:
            overtaken.add(keys.parse_roll_up(sk).month)
    return overtaken


def _roll_ups(client: DynamoDBClient, table: str, sub: str, first: str, last: str) -> Iterator[Item]:
    """Month roll-ups first: a change after that shows in their ``rev``."""
    for prefix in (keys.MONTH, keys.MERCHANT):
        yield from between(client, table, sub, *keys.month_bounds(prefix, first, last))


def _summed(sub: str, sums: Sums, old: dict[str, Item]) -> Iterator[Item]:
    """The roll-ups as they should be. One without rows stays, empty: ``rev`` must never start anew."""
    for at, of_merchant in sums.merchants.items():
        yield merchant_item(sub, keys.MerchantKey(*at), of_merchant)
    had = {keys.parse_roll_up(sk) for sk in old}
    for key in had | {keys.RollUpKey(*at) for at in sums.months}:
        before = old.get(keys.month_roll_up(key))
        of_month = sums.months.get((key.month, key.currency), MonthSum())
        yield month_item(sub, key, of_month, rev=_rev(before) + 1)


def _replace(client: DynamoDBClient, table: str, sk: str, old: dict[str, Item], new: dict[str, Item]) -> None:
    """Replace the month roll-up at ``sk`` and its merchants, in one transaction if they fit into one.

    Raises:
        _Overtaken
    """
    key, same = keys.parse_roll_up(sk), _same_rev(old.get(sk))
    changes = [
        {"Put": {"TableName": table, "Item": new[at]}} if at in new else {"Delete": _at(table, old[at])}
        for at in sorted(old.keys() | new.keys())
        if at.startswith(keys.MERCHANT) and keys.parse_roll_up(at) == key and old.get(at) != new.get(at)
    ]
    if not changes and {**old.get(sk, {}), "rev": new[sk]["rev"]} == new[sk]:
        return
    most = TRANSACTION - 1
    parts = [changes[start : start + most] for start in range(0, len(changes), most)] or [[]]
    for part in parts:
        guard: dict[str, Any] = {"ConditionCheck": {**_at(table, new[sk]), **same}}
        if part is parts[-1]:
            guard = {"Put": {"TableName": table, "Item": new[sk], **same}}
        transact(client, [Step(guard, _Overtaken), *(Step(change, AssertionError) for change in part)])


def _rev(month: Item | None) -> int:
    return int(month["rev"]["N"]) if month and "rev" in month else 0


def _same_rev(before: Item | None) -> dict[str, Any]:
    if before is None:
        return {
            "ConditionExpression": "attribute_not_exists(#rev)",
            "ExpressionAttributeNames": {"#rev": "rev"},
        }
    return {
        "ConditionExpression": "#rev = :rev",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ExpressionAttributeValues": {":rev": before["rev"]},
    }


def _at(table: str, item: Item) -> dict[str, Any]:
    return {"TableName": table, "Key": {name: item[name] for name in (PARTITION_KEY, SORT_KEY)}}
