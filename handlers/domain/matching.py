"""The filters of a query other than its dates, which the index answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from handlers.contract.expense import ExpenseIn

if TYPE_CHECKING:
    from handlers.contract.query import ExpenseQuery

Rule = Callable[[ExpenseIn], bool]


def rules(query: ExpenseQuery) -> tuple[Rule, ...]:
    """The rules that an expense must satisfy, all of them; none if the query filters only by dates.

    Amounts compare as decimals, in any currency; ``q`` ignores case, by Unicode case folding.
    """
    found: list[Rule] = []
    if (category := query.category) is not None:
        found.append(lambda expense: expense.category == category)
    if (merchant := query.merchant) is not None:
        found.append(lambda expense: expense.merchant == merchant)
    if (tag := query.tag) is not None:
        found.append(lambda expense: tag in expense.tags)
    if (least := query.min_amount) is not None:
        found.append(lambda expense: Decimal(expense.amount) >= least)
    if (most := query.max_amount) is not None:
        found.append(lambda expense: Decimal(expense.amount) <= most)
    if query.q is not None:
        sought = _folded(query.q)
        found.append(lambda expense: sought in _folded(expense.merchant) or sought in _folded(expense.note or ""))
    return tuple(found)


def _folded(text: str) -> str:
    """The text without case, in NFC, which case folding can undo."""
    return unicodedata.normalize("NFC", text.casefold())
