"""Reports of one user, read from roll-ups: their cost does not grow with the number of expenses."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from handlers.contract.money import wire_amount
from handlers.contract.names import SORT_KEY
from handlers.contract.query import month_name, month_number
from handlers.contract.report import (
    CategoryTotal,
    CurrencyTotal,
    MerchantTotal,
    MonthReport,
    TrendMonth,
    TrendReport,
    TrendTotal,
)
from handlers.store import keys
from handlers.store.items import read_merchant, read_month
from handlers.store.reading import between

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.domain.rollup import MonthSum


class Reports:
    """The sums of ``sub``."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str) -> None:
        self.client, self.table, self.sub = client, table, sub

    def month(self, month: str) -> MonthReport:
        """One month, and how it differs from the one before."""
        previous = month_name(max(month_number(month) - 1, 0))
        months = self._months(previous, month)
        sums, before = _spent(months[month]), months[previous]
        return MonthReport(
            month=month,
            count=sum(each.count for each in sums.values()),
            totals=tuple(_currency_total(code, each, before.get(code)) for code, each in sums.items()),
            categories=tuple(total for code, each in sums.items() for total in _categories(code, each)),
            merchants=self._merchants(month),
        )

    def trend(self, first: str, last: str) -> TrendReport:
        """A row for each month from ``first`` to ``last``, the empty ones too."""
        months = self._months(first, last)
        span = (month_name(number) for number in range(month_number(first), month_number(last) + 1))
        return TrendReport(items=tuple(_trend_month(month, _spent(months[month])) for month in span))

    def _months(self, first: str, last: str) -> dict[str, dict[str, MonthSum]]:
        """By month, then by currency, in order."""
        found: dict[str, dict[str, MonthSum]] = defaultdict(dict)
        bounds = keys.month_bounds(keys.MONTH, first, last)
        for item in between(self.client, self.table, self.sub, *bounds):
            key = keys.parse_roll_up(item[SORT_KEY]["S"])
            found[key.month][key.currency] = read_month(item)
        return found

    def _merchants(self, month: str) -> tuple[MerchantTotal, ...]:
        """The most visited first, then by name."""
        totals: list[MerchantTotal] = []
        for item in between(self.client, self.table, self.sub, *keys.month_bounds(keys.MERCHANT, month, month)):
            key, sums = keys.parse_merchant_roll_up(item[SORT_KEY]["S"]), read_merchant(item)
            if sums.count:
                total = wire_amount(sums.total, key.currency)
                totals.append(
                    MerchantTotal(merchant=key.merchant, currency=key.currency, total=total, count=sums.count)
                )
        return tuple(sorted(totals, key=lambda each: (-each.count, each.merchant, each.currency)))


def _spent(months: dict[str, MonthSum]) -> dict[str, MonthSum]:
    return {code: each for code, each in sorted(months.items()) if each.count}


def _currency_total(currency: str, sums: MonthSum, before: MonthSum | None) -> CurrencyTotal:
    previous = before.total if before else 0
    return CurrencyTotal(
        currency=currency,
        total=wire_amount(sums.total, currency),
        count=sums.count,
        previous_total=wire_amount(previous, currency),
        change=wire_amount(sums.total - previous, currency),
    )


def _categories(currency: str, sums: MonthSum) -> list[CategoryTotal]:
    return [
        CategoryTotal(
            category=category,
            currency=currency,
            total=wire_amount(sums.totals[category], currency),
            count=count,
        )
        for category, count in sorted(sums.counts.items())
        if count
    ]


def _trend_month(month: str, sums: dict[str, MonthSum]) -> TrendMonth:
    totals = tuple(
        TrendTotal(currency=code, total=wire_amount(each.total, code), count=each.count) for code, each in sums.items()
    )
    return TrendMonth(month=month, count=sum(each.count for each in sums.values()), totals=totals)
