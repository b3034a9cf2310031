"""Reports: sums by month, read from roll-ups. Money is per currency, never added across currencies."""

from __future__ import annotations

from pydantic import Field

from handlers.contract.model import Output
from handlers.contract.text import Month


class CurrencyTotal(Output):
    """The sum of one currency; ``change`` is the difference from the month before."""

    currency: str
    total: str
    count: int = Field(ge=0)
    previous_total: str
    change: str


class CategoryTotal(Output):
    """The sum of one category and currency."""

    category: str
    currency: str
    total: str
    count: int = Field(ge=0)


class MerchantTotal(Output):
    """The sum of one merchant and currency."""

    merchant: str
    currency: str
    total: str
    count: int = Field(ge=0)


class MonthReport(Output):
    """One month, with the currencies, categories and merchants that have an expense in it."""

    month: Month
    count: int = Field(ge=0)
    totals: tuple[CurrencyTotal, ...]
    categories: tuple[CategoryTotal, ...]
    merchants: tuple[MerchantTotal, ...]


class TrendTotal(Output):
    """The sum of one currency in one month of a trend."""

    currency: str
    total: str
    count: int = Field(ge=0)


class TrendMonth(Output):
    """One month of a trend; an empty month has no totals."""

    month: Month
    count: int = Field(ge=0)
    totals: tuple[TrendTotal, ...]


class TrendReport(Output):
    """Every month of a span, also an empty one."""

    items: tuple[TrendMonth, ...]
