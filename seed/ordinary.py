"""One month of ordinary spending: bills, everyday purchases and sometimes a large one.

A habit, such as a landlord, the day of a bill or a favourite shop, is drawn from a stream that leaves the month out, so
that it stays the same from month to month.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seed import catalogue
from seed.chance import at_the_till, cents, poisson, stream, zipf
from seed.merchants import MERCHANTS
from seed.row import Draft

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from seed.catalogue import Category, Persona
    from seed.row import PaymentMethod

WEEKDAYS = (0.90, 0.90, 0.95, 1.05, 1.15, 1.20, 0.85)
"""Weights of the days from Monday to Sunday."""
SATURDAY, DECEMBER, SUMMER = 5, 12, (7, 8)
SEASON = 0.25
"""The share by which utilities vary over the year; they are highest in January."""
TRAVEL_SEASON = 3.0
"""The factor by which travel is likelier among the rare large purchases in summer."""
CASH = 0.25
NOTES = (
    "Birthday dinner",
    "Split with Ana",
    "Reimbursed by work",
    "Kids' school",
    "For the weekend",
    "On sale",
)
TAGS = ("home", "work", "family", "weekend")


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one person's life."""

    seed: int
    persona: Persona
    first: dt.date

    @property
    def batch(self) -> str:
        """The name from which the ids of the month's rows are made."""
        return f"{self.seed}/{self.persona.name}/{self.first:%Y-%m}"

    def chance(self, *parts: object) -> random.Random:
        """A stream of this month."""
        return stream(self.batch, *parts)

    def habit(self, *parts: object) -> random.Random:
        """A stream that is the same every month."""
        return stream(self.seed, self.persona.name, *parts)

    def days(self) -> list[dt.date]:
        """All its days."""
        last = calendar.monthrange(self.first.year, self.first.month)[1]
        return [self.first.replace(day=day) for day in range(1, last + 1)]

    def favourites(self, slug: str) -> list[str]:
        """The merchants of a category in this person's order."""
        merchants = list(MERCHANTS[slug])
        self.habit(slug).shuffle(merchants)
        return merchants


def ordinary(month: Month) -> Iterator[Draft]:
    """All rows of the month but for the oddities and subscriptions."""
    for category in catalogue.BILLS:
        yield from bills(month, category)
    for category in catalogue.EVERYDAY:
        yield from purchases(month, category)
    yield from large(month)


def bills(month: Month, category: Category) -> Iterator[Draft]:
    """The month's bills of a category, each from another merchant."""
    chance = month.chance(category.slug)
    for number, merchant in enumerate(month.favourites(category.slug)[: round(category.rate)]):
        day = month.habit(merchant).randint(1, 5) + chance.randint(0, 2)
        season = 1 + SEASON * math.cos(math.tau * (month.first.month - 1) / 12) if category.sigma else 1.0
        amount = cents(chance, category.median * month.persona.spending * season, category.sigma)
        date = off_weekend(month.first.replace(day=day))
        yield Draft(f"{category.slug}/{number}", date, amount, category.slug, merchant, "transfer")


def off_weekend(date: dt.date) -> dt.date:
    """``date``, or the Monday after it."""
    return date + dt.timedelta(days=max(0, 7 - date.weekday()) if date.weekday() >= SATURDAY else 0)


def purchases(month: Month, category: Category) -> Iterator[Draft]:
    """The month's purchases of an everyday category."""
    chance, persona = month.chance(category.slug), month.persona
    rate = category.rate * persona.activity * (category.december if month.first.month == DECEMBER else 1.0)
    for number in range(poisson(chance, rate)):
        yield purchase(month, category, f"{category.slug}/{number}", chance)


def large(month: Month) -> Iterator[Draft]:
    """The month's rare large purchases, in summer mostly travel."""
    chance = month.chance("large")
    everyday = sum(category.rate for category in catalogue.EVERYDAY) * month.persona.activity
    rows = everyday + sum(category.rate for category in (*catalogue.BILLS, catalogue.SUBSCRIPTIONS))
    summer = month.first.month in SUMMER
    weights = [
        each.rate * (TRAVEL_SEASON if summer and each.slug in catalogue.TRAVEL else 1) for each in catalogue.TAIL
    ]
    for number in range(poisson(chance, catalogue.TAIL_SHARE * rows)):
        category = chance.choices(catalogue.TAIL, weights)[0]
        yield purchase(month, category, f"large/{number}", chance)


def purchase(month: Month, category: Category, key: str, chance: random.Random) -> Draft:
    """One purchase, on a day drawn by the weight of its weekday."""
    days = month.days()
    date = chance.choices(days, [WEEKDAYS[day.weekday()] for day in days])[0]
    amount = cents(chance, category.median * month.persona.spending, category.sigma)
    method: PaymentMethod = "cash" if category.till and chance.random() < CASH else "card"
    return Draft(
        key,
        date,
        at_the_till(chance, amount) if category.till else amount,
        category.slug,
        zipf(chance, month.favourites(category.slug)),
        method,
        note=chance.choice(NOTES) if chance.random() < 0.06 else None,  # noqa: PLR2004 (the share with a note)
        tags=(chance.choice(TAGS),) if chance.random() < 0.15 else (),  # noqa: PLR2004 (the share with a tag)
    )
