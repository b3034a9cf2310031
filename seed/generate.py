"""Believable spending of one person: pure, and the same for the same arguments on any machine.

A month's rows depend on seed, persona and month alone: a longer span or a later end adds rows and changes none.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from handlers.contract.text import FIRST_DATE
from seed.oddities import LEAP_DAY, LEAP_MONTH, leap_day, with_oddities
from seed.ordinary import Month, ordinary
from seed.row import Row, row
from seed.subscriptions import subscriptions

if TYPE_CHECKING:
    from seed.catalogue import Persona
    from seed.row import Draft


def generate(persona: Persona, months: int, end: dt.date, seed: int) -> tuple[Row, ...]:
    """The rows of ``months`` whole months and then of the month of ``end``, up to that day; oldest first.

    The latest 29 February is always included, if necessary alone before all others.

    Raises:
        ValueError: the span is negative, begins before 1970, or ends later than the contract allows.
    """
    if months < 0 or _before(end, months) < FIRST_DATE:
        raise ValueError(
            f"Cannot generate {months} months before {end}: the first must lie in {FIRST_DATE.year} or later."
        )
    batches = [Month(seed, persona, _before(end, back)) for back in range(months, -1, -1)]
    rows = [row(draft, month.batch) for month in batches for draft in _drafts(month) if draft.date <= end]
    leap = Month(seed, persona, _latest_leap_month(end))
    if leap.first < batches[0].first:
        rows.append(row(leap_day(leap), leap.batch))
    return tuple(sorted(rows, key=lambda each: (each.expense.date, each.expense.id)))


def _drafts(month: Month) -> list[Draft]:
    return with_oddities(month, [*ordinary(month), *subscriptions(month)])


def _before(date: dt.date, months: int) -> dt.date:
    """The first day of the month that lies ``months`` before ``date``; in year 1 for all earlier years."""
    year, month = divmod(date.year * 12 + date.month - 1 - months, 12)
    return dt.date(max(1, year), month + 1, 1)


def _latest_leap_month(end: dt.date) -> dt.date:
    years = range(end.year, end.year - 9, -1)  # two leap years are at most eight years apart
    leap = (dt.date(year, LEAP_MONTH, LEAP_DAY) for year in years if calendar.isleap(year))
    return next(day for day in leap if day <= end).replace(day=1)
