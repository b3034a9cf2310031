"""The roll-up steps of a transaction: the difference that one change makes to a month and to a merchant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from handlers.domain.rollup import MonthSum, Sums
from handlers.store import keys
from handlers.store.errors import TooManyCategories
from handlers.store.roll_ups.items import COUNT, TOTAL
from handlers.store.table.partition import Partition
from handlers.store.table.transaction import Step

MAX_CATEGORIES = 500
"""Categories of one month and currency: two numbers each, far below the 400 KB that an item may have."""
HAS_ROOM = "attribute_not_exists(#categories) OR size(#categories) < :most OR contains(#categories, :entering)"


def roll_up(partition: Partition, added: Sums) -> Iterator[Step]:
    """One update for each roll-up that ``added`` changes.

    The month's is among them even where only merchants change: a recompute watches its ``rev``.
    """
    merchants = {at: each for at, each in added.merchants.items() if each.count or each.total}
    watched = {at[:2] for at in merchants}
    for (month, currency), sums in added.months.items():
        if not sums.is_empty or (month, currency) in watched:
            yield _month(partition, keys.month_roll_up(keys.RollUpKey(month, currency)), sums)
    for at, each in merchants.items():
        key = keys.merchant_roll_up(keys.MerchantKey(*at))
        yield partition.update(
            key, "ADD #count :count, #total :total", otherwise=AssertionError, count=each.count, total=each.total
        )


def _month(partition: Partition, key: str, sums: MonthSum) -> Step:
    """Add the sums; ``#t0`` and ``#c0`` are the total and the count of the first category, and so on."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {"count": sums.count, "total": sums.total, "rev": 1}
    added, condition = "ADD #count :count, #total :total, #rev :rev", ""
    for place, category in enumerate(sorted(sums.counts)):
        names |= {f"#t{place}": TOTAL + category, f"#c{place}": COUNT + category}
        values |= {f"t{place}": sums.totals[category], f"c{place}": sums.counts[category]}
        added += f", #t{place} :t{place}, #c{place} :c{place}"
    if entering := sorted(category for category in sums.counts if sums.counts[category] > 0):
        added += ", #categories :categories"
        condition = HAS_ROOM
        values |= {"categories": set(entering), "most": MAX_CATEGORIES, "entering": entering[0]}
    return partition.update(key, added, condition, TooManyCategories, names=names, **values)
