"""Roll-ups: the sums of a set of expenses, and the difference that one change makes to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handlers.contract.money import minor_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.contract.expense import ExpenseIn


@dataclass(slots=True)
class MonthSum:
    """One month and currency: count and total in minor units, and the same of each category."""

    count: int = 0
    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        """Whether adding this changes nothing."""
        return not (self.count or self.total or any(self.counts.values()) or any(self.totals.values()))

    def add(self, category: str, minor: int, sign: int) -> None:
        """Add an amount in minor units, or with ``sign=-1`` subtract it."""
        self.count += sign
        self.total += sign * minor
        self.counts[category] += sign
        self.totals[category] += sign * minor


@dataclass(slots=True)
class MerchantSum:
    """One merchant in one month and currency."""

    count: int = 0
    total: int = 0


@dataclass(slots=True)
class Sums:
    """Sums by month and currency, and by month, currency and merchant."""

    months: dict[tuple[str, str], MonthSum] = field(default_factory=dict)
    merchants: dict[tuple[str, str, str], MerchantSum] = field(default_factory=dict)

    def add(self, expense: ExpenseIn, sign: int = 1) -> None:
        """Add an expense, or with ``sign=-1`` subtract it."""
        month, minor = expense.date.strftime("%Y-%m"), minor_units(expense.amount, expense.currency)
        of_month = self.months.setdefault((month, expense.currency), MonthSum())
        of_month.add(expense.category, minor, sign)
        of_merchant = self.merchants.setdefault((month, expense.currency, expense.merchant), MerchantSum())
        of_merchant.count += sign
        of_merchant.total += sign * minor


def sum_up(expenses: Iterable[ExpenseIn]) -> Sums:
    """The sums of ``expenses``."""
    sums = Sums()
    for expense in expenses:
        sums.add(expense)
    return sums


def difference(old: ExpenseIn | None, new: ExpenseIn | None) -> Sums:
    """The difference that replacing ``old`` by ``new`` makes to each sum; None is no expense."""
    sums = Sums()
    if old:
        sums.add(old, -1)
    if new:
        sums.add(new)
    return sums
