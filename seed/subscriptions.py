"""A month's subscriptions: some steady, one whose price rises each April, one that is cancelled each October."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seed.catalogue import SUBSCRIPTIONS
from seed.chance import cents
from seed.row import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seed.ordinary import Month

STEADY = 2
RISING = "Streamly"
RISES_IN, CANCELLED_AFTER = 4, 10
"""Months: April and October."""
SINCE, FIRST_PRICE, RISE = 2020, 699, 100
"""The price of 2020 and its rise a year, in cents."""
SEASONAL = ("Seriesbox", "Matchday TV", "Arcade Pass")
"""One of these begins each January and has its last charge in October."""


def subscriptions(month: Month) -> Iterator[Draft]:
    """The month's charges, each service on its own day."""
    for name in month.favourites(SUBSCRIPTIONS.slug)[:STEADY]:
        yield _charge(month, name, _price(month, name))
    yield _rising(month)
    if month.first.month <= CANCELLED_AFTER:
        name = SEASONAL[month.first.year % len(SEASONAL)]
        last = month.first.month == CANCELLED_AFTER
        charge = _charge(month, name, _price(month, name))
        yield replace(charge, label="cancelled_subscription") if last else charge


def _rising(month: Month) -> Draft:
    years = max(0, month.first.year - SINCE - (month.first.month < RISES_IN))
    charge = _charge(month, RISING, FIRST_PRICE + RISE * years)
    rose = years > 0 and month.first.month == RISES_IN
    return replace(charge, label="price_rise") if rose else charge


def _price(month: Month, name: str) -> int:
    """The price of a service for this person in cents, one less than a whole dollar."""
    drawn = cents(month.habit(name), SUBSCRIPTIONS.median * month.persona.spending, SUBSCRIPTIONS.sigma)
    return max(100, round(drawn / 100) * 100) - 1


def _charge(month: Month, name: str, price: int) -> Draft:
    date = month.first.replace(day=month.habit(name, "day").randint(6, 28))
    return Draft(f"subscription/{name}", date, price, SUBSCRIPTIONS.slug, name, "card")
