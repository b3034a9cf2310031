"""Reports: sums by month, read from roll-ups. Money is per currency, never added across currencies."""

from __future__ import annotations

from pydantic import Field

from handlers.contract.model import Output
from handlers.contract.text import Month


class CurrencyTotal(Output):
    """What was spent in one currency; ``change`` is the difference from the month before."""

    currency: str
    total: str
    count: int = Field(ge=0)
    previous_total: str
    change: str


class CategoryTotal(Output):
    """What was spent in one category and currency."""

    category: str
    currency: str
    total: str
    count: int = Field(ge=0)


class MerchantTotal(Output):
    """What was spent at one merchant in one currency."""

    merchant: str
    currency: str
    total: str
    count: int = Field(ge=0)


class MonthReport(Output):
    """One month. Only currencies, categories and merchants with an expense in it are listed."""

    month: Month
    count: int = Field(ge=0)
    totals: tuple[CurrencyTotal, ...]
    categories: tuple[CategoryTotal, ...]
    merchants: tuple[MerchantTotal, ...]


class TrendTotal(Output):
    """What was spent in one currency in one month of a trend."""

    currency: str
    total: str
    count: int = Field(ge=0)


class TrendMonth(Output):
    """One month of a trend; an empty month has no totals."""

    month: Month
    count: int = Field(ge=0)
    totals: tuple[TrendTotal, ...]


class TrendReport(Output):
    """Every month of a span, the empty ones too."""

    items: tuple[TrendMonth, ...]
