"""The roll-up steps of a transaction: what one change adds to a month and to a merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import encode
from handlers.store.errors import TooManyCategories
from handlers.store.items import COUNT, TOTAL
from handlers.store.transaction import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.domain.rollup import MonthSum, Sums

MAX_CATEGORIES = 500
"""Of one month and currency: two numbers each, far below the 400 KB that an item may have."""


def steps(table: str, sub: str, added: Sums) -> Iterator[Step]:
    """One update for each roll-up that ``added`` changes.

    The month's is among them even where only merchants change: its ``rev`` is what a recompute watches.
    """
    merchants = {at: each for at, each in added.merchants.items() if each.count or each.total}
    watched = {at[:2] for at in merchants}
    for (month, currency), sums in added.months.items():
        if not sums.is_empty or (month, currency) in watched:
            key = keys.month_roll_up(keys.RollUpKey(month, currency))
            yield Step({"Update": _month_update(table, sub, key, sums)}, TooManyCategories)
    for at, of_merchant in merchants.items():
        key = keys.merchant_roll_up(keys.MerchantKey(*at))
        values = {":count": of_merchant.count, ":total": of_merchant.total}
        update = _update(table, sub, key, {"#count": "count", "#total": "total"}, values)
        yield Step({"Update": update}, AssertionError)


def _month_update(table: str, sub: str, key: str, sums: MonthSum) -> dict[str, Any]:
    names = {"#count": "count", "#total": "total", "#rev": "rev"}
    values: dict[str, Any] = {":count": sums.count, ":total": sums.total, ":rev": 1}
    entering: list[str] = []
    for place, category in enumerate(sorted(sums.counts)):
        names |= {f"#t{place}": TOTAL + category, f"#c{place}": COUNT + category}
        values |= {f":t{place}": sums.totals[category], f":c{place}": sums.counts[category]}
        if sums.counts[category] > 0:
            entering.append(category)
    update = _update(table, sub, key, names, values)
    if entering:
        update["UpdateExpression"] += ", #categories :categories"
        update["ExpressionAttributeNames"]["#categories"] = "categories"
        update["ExpressionAttributeValues"] |= encode(
            {":categories": set(entering), ":most": MAX_CATEGORIES, ":entering": entering[0]}
        )
        update["ConditionExpression"] = (
            "attribute_not_exists(#categories) OR size(#categories) < :most OR contains(#categories, :entering)"
        )
    return update


def _update(table: str, sub: str, key: str, names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """An update that adds each ``:x`` to ``#x``."""
    added = ", ".join(f"{name} :{name[1:]}" for name in names)
    return {
        "TableName": table,
        "Key": encode({PARTITION_KEY: keys.partition(sub), SORT_KEY: key}),
        "UpdateExpression": f"ADD {added}",
        "ExpressionAttributeNames": dict(names),
        "ExpressionAttributeValues": encode(values),
    }
