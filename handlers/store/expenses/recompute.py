"""Roll-ups recomputed from their rows.

One transaction replaces the roll-up of a month and currency, and its merchants. It succeeds only if ``rev``, which
every change of an expense counts up, is the same as before the rows were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from handlers.contract.names import BY_DATE, SORT_KEY
from handlers.contract.query import month_name, month_number
from handlers.domain.rollup import MonthSum, Sums, sum_up
from handlers.store import keys
from handlers.store.errors import Busy, Conflict
from handlers.store.expenses.items import read_expense
from handlers.store.roll_ups.items import merchant_item, month_item
from handlers.store.table.attributes import Item
from handlers.store.table.partition import Partition
from handlers.store.table.transaction import ATTEMPTS, Step, pause

TRANSACTION = 100
"""Actions that TransactWriteItems takes."""


def recompute(partition: Partition, months: Iterable[str]) -> None:
    """Make the roll-ups of ``months`` equal to their rows.

    Raises:
        Busy: other requests changed a month at every attempt.
    """
    left = set(months)
    for attempt in range(ATTEMPTS):
        left = {month for span in spans(left) for month in _recompute(partition, *span)}
        if not left:
            return
        pause(attempt)
    raise Busy


def spans(months: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The first and the last of each unbroken run of ``months``: a run costs as many queries as a month."""
    numbers = sorted(month_number(month) for month in set(months))
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        yield month_name(found[0]), month_name(found[-1])


def _recompute(partition: Partition, first: str, last: str) -> set[str]:
    """Recompute a span; the months in it that other requests changed meanwhile."""
    old = {item[SORT_KEY]["S"]: item for item in _roll_ups(partition, first, last)}
    rows = partition.between(*keys.days_of(first, last), index=BY_DATE)
    sums = sum_up(read_expense(row) for row in rows)
    new = {item[SORT_KEY]["S"]: item for item in _summed(partition.sub, sums, old)}
    changed: set[str] = set()
    for sk in sorted(sk for sk in new if sk.startswith(keys.MONTH)):
        try:
            _replace(partition, sk, old, new)
        except Conflict:
            changed.add(keys.parse_roll_up(sk).month)
    return changed


def _roll_ups(partition: Partition, first: str, last: str) -> Iterator[Item]:
    """The months' first: a later change shows in their ``rev``."""
    for prefix in (keys.MONTH, keys.MERCHANT):
        yield from partition.between(*keys.month_bounds(prefix, first, last))


def _summed(sub: str, sums: Sums, old: dict[str, Item]) -> Iterator[Item]:
    """The roll-ups as they should be. One without rows stays, empty: its ``rev`` must never begin again."""
    for at, of_merchant in sums.merchants.items():
        yield merchant_item(sub, keys.MerchantKey(*at), of_merchant)
    had = {keys.parse_roll_up(sk) for sk in old}
    for key in had | {keys.RollUpKey(*at) for at in sums.months}:
        before = old.get(keys.month_roll_up(key))
        of_month = sums.months.get((key.month, key.currency), MonthSum())
        yield month_item(sub, key, of_month, rev=_rev(before) + 1)


def _replace(partition: Partition, sk: str, old: dict[str, Item], new: dict[str, Item]) -> None:
    """Replace the month's roll-up at ``sk`` and its merchants, in one transaction if they fit into one.

    Raises:
        Conflict: another request changed an expense of the month.
    """
    key = keys.parse_roll_up(sk)
    changes = [
        partition.put(new[at]) if at in new else partition.delete(at)
        for at in sorted(old.keys() | new.keys())
        if at.startswith(keys.MERCHANT) and keys.parse_roll_up(at) == key and old.get(at) != new.get(at)
    ]
    if not changes and {**old.get(sk, {}), "rev": new[sk]["rev"]} == new[sk]:
        return
    condition, values = _same_rev(old.get(sk))
    most = TRANSACTION - 1
    parts = [changes[start : start + most] for start in range(0, len(changes), most)] or [[]]
    for part in parts:
        guard: Step = partition.check(sk, condition, **values)
        if part is parts[-1]:
            guard = partition.put(new[sk], condition, **values)
        partition.transact([guard, *part])


def _rev(month: Item | None) -> int:
    return int(month["rev"]["N"]) if month and "rev" in month else 0


def _same_rev(before: Item | None) -> tuple[str, dict[str, Any]]:
    if before is None:
        return "attribute_not_exists(#rev)", {}
    return "#rev = :rev", {"rev": _rev(before)}
