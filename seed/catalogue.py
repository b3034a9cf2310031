"""Categories and personas: the parameters of the generator.

The average persona makes about 57 payments of together $5,230 a month. The rare large purchases of ``TAIL`` bring the
sum near the $78,535 a year of the Consumer Expenditure Survey (2023), and each share within 3 points of it.
"""

from __future__ import annotations

from dataclasses import dataclass

HOME = "USD"
"""The currency of the surveys behind these numbers, and so of each purchase at home."""
TAIL_SHARE = 0.035
"""Rare large purchases for each ordinary row."""


@dataclass(frozen=True, slots=True)
class Category:
    """``rate`` rows a month around ``median`` (USD), with ``sigma`` of the logarithm; sigma 0: a fixed price.

    ``till``: amounts are rounded as at a till; all others keep their cents.
    """

    slug: str
    rate: float
    median: float
    sigma: float
    till: bool = False
    december: float = 1.0


@dataclass(frozen=True, slots=True)
class Persona:
    """``spending`` scales every amount; ``activity`` scales the number of purchases, but not of bills."""

    name: str
    spending: float
    activity: float = 1.0


AVERAGE = Persona("average", 1.0)
PERSONAS = (
    AVERAGE,
    Persona("student", 0.45),
    Persona("frugal", 0.7),
    Persona("comfortable", 1.3),
    Persona("affluent", 1.9),
)
POWER_USER = Persona("power", 1.0, activity=9.0)
"""Over 5,000 rows a year."""

BILLS = (
    Category("rent", 1, 1480, 0),
    Category("utilities", 3, 92, 0.25),
    Category("internet_phone", 2, 78, 0),
    Category("car_loan", 1, 420, 0),
    Category("car_insurance", 1, 166, 0),
    Category("health_premium", 1, 330, 0),
)
SUBSCRIPTIONS = Category("subscriptions", 4, 12.99, 0.35)
EVERYDAY = (
    Category("household", 3, 48, 0.9, till=True),
    Category("groceries", 7, 58, 0.7, till=True),
    Category("coffee", 6, 6.5, 0.35, till=True),
    Category("restaurants", 7, 34, 0.65, till=True),
    Category("fuel", 4, 46, 0.3),
    Category("transit", 4, 14, 0.7, till=True),
    Category("car_repair", 0.25, 260, 0.7),
    Category("pharmacy", 2, 32, 1, till=True),
    Category("events", 2.5, 52, 0.9, till=True),
    Category("apparel", 1.8, 62, 0.8, till=True),
    Category("personal_care", 1.5, 38, 0.6, till=True),
    Category("gifts", 1, 75, 1, till=True, december=1.25),
    Category("misc", 1.2, 60, 1.1),
    Category("online", 3, 32, 0.9, december=1.25),
)
TAIL = (
    Category("flights", 0.18, 400, 0.9),
    Category("hotels", 0.18, 400, 0.9),
    Category("appliances", 0.12, 400, 0.9),
    Category("dentist", 0.12, 400, 0.9),
    Category("education", 0.2, 400, 0.9),
    Category("donations", 0.2, 400, 0.9),
)
"""Rare and large purchases; here ``rate`` is the share among them."""
TRAVEL = frozenset({"flights", "hotels"})
GROUPS = {
    "housing": frozenset({"rent", "utilities", "internet_phone", "household", "appliances"}),
    "transport": frozenset({"fuel", "transit", "car_loan", "car_insurance", "car_repair", "flights"}),
    "food": frozenset({"groceries", "coffee", "restaurants"}),
    "health": frozenset({"health_premium", "pharmacy", "dentist"}),
    "entertainment": frozenset({"subscriptions", "events"}),
}
"""The categories in the groups of the Consumer Expenditure Survey."""
