"""Eight days in Japan each July, with a stop in Kuwait on the way: yen have no decimals, dinars three."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from seed.catalogue import EVERYDAY, TRAVEL
from seed.chance import cents, zipf
from seed.row import Draft

if TYPE_CHECKING:
    import random

    from seed.ordinary import Month
    from seed.row import PaymentMethod

JULY, NIGHTS, ROWS = 7, 8, 14
PLACES = {
    "JPY": (
        ("restaurants", "らーめん一丁 渋谷", 1_400),
        ("transit", "東都鉄道", 420),
        ("restaurants", "すし処みなと", 3_800),
        ("groceries", "まちかどマート", 780),
        ("events", "光の美術館", 3_800),
        ("gifts", "雑貨屋ことり", 2_600),
    ),
    "KWD": (
        ("restaurants", "مطعم نخلة الخليج", 6_750),
        ("transit", "Kuwait Airport Taxi", 5_500),
        ("coffee", "قهوة الديوان", 1_850),
    ),
}
"""Category, merchant and median in minor units."""
HOTEL = 18_500
"""A night in Tokyo, in yen."""


def trip(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Put the trip into a July, and remove the purchases at home on its days. Other months stay as they are."""
    if month.first.month != JULY:
        return drafts
    chance = month.chance("trip")
    leaving = month.first + dt.timedelta(days=chance.randint(8, 14))
    away = [leaving + dt.timedelta(days=day) for day in range(NIGHTS + 1)]
    at_home = {category.slug for category in EVERYDAY if category.slug != "online"} | TRAVEL
    kept = [draft for draft in drafts if draft.date not in away or draft.category not in at_home]
    return [*kept, *_abroad(month, chance, away)]


def _abroad(month: Month, chance: random.Random, away: list[dt.date]) -> list[Draft]:
    nights = round(HOTEL * month.persona.spending) * NIGHTS
    hotel = Draft("abroad/hotel", away[1], nights, "hotels", "ホテル千鳥", "card", currency="JPY")
    made = [hotel]
    for currency, days, rows in (("KWD", away[:1], len(PLACES["KWD"])), ("JPY", away[1:], ROWS)):
        for number in range(rows):
            category, merchant, median = zipf(chance, PLACES[currency])
            minor = cents(chance, median * month.persona.spending / 100, 0.4)
            key = f"abroad/{currency}/{number}"
            method: PaymentMethod = chance.choice(("card", "cash"))
            made.append(Draft(key, chance.choice(days), minor, category, merchant, method, currency=currency))
    return [replace(draft, tags=("trip",), label="foreign_trip") for draft in made]
