"""Roll-ups ↔ DynamoDB items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.domain.rollup import MerchantSum, MonthSum
from handlers.store import keys
from handlers.store.table.attributes import Item, decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

TOTAL, COUNT = "total#", "count#"
"""Prefixes of a roll-up's attributes, one of each for every category."""


def read_month(item: Mapping[str, Any]) -> MonthSum:
    """The sums of a month's roll-up."""
    values = decode(item)
    sums = MonthSum(count=values.get("count", 0), total=values.get("total", 0))
    for name, value in values.items():
        if name.startswith(TOTAL):
            sums.totals[name.removeprefix(TOTAL)] = value
        elif name.startswith(COUNT):
            sums.counts[name.removeprefix(COUNT)] = value
    return sums


def read_merchant(item: Mapping[str, Any]) -> MerchantSum:
    """The sums of a merchant's roll-up."""
    values = decode(item)
    return MerchantSum(values.get("count", 0), values.get("total", 0))


def month_item(sub: str, key: keys.RollUpKey, sums: MonthSum, rev: int) -> Item:
    """A month's roll-up; ``rev`` counts the changes of its expenses."""
    values: dict[str, Any] = {"count": sums.count, "total": sums.total, "rev": rev}
    values |= {COUNT + category: number for category, number in sums.counts.items()}
    values |= {TOTAL + category: number for category, number in sums.totals.items()}
    at = keys.primary(sub, keys.month_roll_up(key))
    return encode({**at, **values, "categories": set(sums.counts) or None})


def merchant_item(sub: str, key: keys.MerchantKey, sums: MerchantSum) -> Item:
    """A merchant's roll-up."""
    at = keys.primary(sub, keys.merchant_roll_up(key))
    return encode({**at, "count": sums.count, "total": sums.total})
