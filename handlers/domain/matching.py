"""The filters of a query other than its dates, which the index answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from handlers.contract.expense import ExpenseIn
from handlers.contract.text import one_line
from handlers.domain.folding import folded

if TYPE_CHECKING:
    from handlers.contract.query import ExpenseQuery

Rule = Callable[[ExpenseIn], bool]


def rules(query: ExpenseQuery) -> tuple[Rule, ...]:
    """The rules that an expense must satisfy, all of them; none if the query filters only by dates.

    Amounts compare as decimals, in any currency. Merchants and tags compare without needless white space, which an
    expense of an older version may have. ``q`` is found in the merchant or the note, both folded.
    """
    found: list[Rule] = []
    if (category := query.category) is not None:
        found.append(lambda expense: expense.category == category)
    if (merchant := query.merchant) is not None:
        found.append(lambda expense: one_line(expense.merchant) == merchant)
    if (tag := query.tag) is not None:
        found.append(lambda expense: tag in map(one_line, expense.tags))
    if (least := query.min_amount) is not None:
        found.append(lambda expense: Decimal(expense.amount) >= least)
    if (most := query.max_amount) is not None:
        found.append(lambda expense: Decimal(expense.amount) <= most)
    if query.q is not None:
        found.append(_search(folded(query.q)))
    return tuple(found)


def _search(sought: str) -> Rule:
    """Words of accents alone are in no text."""
    return lambda each: bool(sought) and (sought in folded(each.merchant) or sought in folded(each.note or ""))
