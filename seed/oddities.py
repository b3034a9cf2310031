"""Labelled oddities, by which a detector can be scored.

Each has its months of the calendar, whatever span is generated: a year always holds all of them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from seed import catalogue
from seed.abroad import trip
from seed.merchants import FROM_AFAR
from seed.ordinary import purchase
from seed.row import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seed.ordinary import Month

MIDDLE = range(2, 18)
EXACT, NEAR, REFUND = (3, 6, 11), (2, 5, 9), (1, 4, 7, 10, 12)
MISSING, ANOMALOUS = 5, 10
SKIPPED = "internet_phone"
"""The category of the bill that never comes in the month MISSING."""
LEAP_MONTH, LEAP_DAY = 2, 29
ANOMALOUS_ROWS, ANOMALOUS_FACTOR = 10, 4


def with_oddities(month: Month, drafts: Sequence[Draft]) -> list[Draft]:
    """Add the month's oddities to its drafts."""
    changed = list(drafts)
    for change in (_from_afar, _missing_bill, _anomalous_week, _leap_day, trip, _duplicates, _refund):
        changed = change(month, changed)
    return changed


def _from_afar(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Move the month's first meal to a merchant with a name in another script."""
    name = FROM_AFAR[(month.first.year * 12 + month.first.month) % len(FROM_AFAR)]
    right_to_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)
    return _replace_first(
        drafts,
        lambda draft: draft.category == "restaurants",
        lambda draft: replace(draft, merchant=name, label="rtl_merchant" if right_to_left else "unicode_merchant"),
    )


def _missing_bill(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Leave out one bill in May; June's bill, the first after the gap, has the label."""
    key = f"{SKIPPED}/0"
    if month.first.month == MISSING:
        return [draft for draft in drafts if draft.key != key]
    if month.first.month == MISSING + 1:
        return _replace_first(
            drafts, lambda draft: draft.key == key, lambda draft: replace(draft, label="missing_month")
        )
    return drafts


def _anomalous_week(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Add a week with far more restaurants and events, at four times the price."""
    if month.first.month != ANOMALOUS:
        return drafts
    chance = month.chance("anomalous")
    monday = month.first + dt.timedelta(days=7 + -month.first.weekday() % 7)
    going_out = [category for category in catalogue.EVERYDAY if category.slug in {"restaurants", "events"}]
    for number in range(ANOMALOUS_ROWS):
        made = purchase(month, chance.choice(going_out), f"anomalous/{number}", chance)
        date = monday + dt.timedelta(days=chance.randrange(7))
        drafts.append(replace(made, date=date, minor=made.minor * ANOMALOUS_FACTOR, label="anomalous_week"))
    return drafts


def _leap_day(month: Month, drafts: list[Draft]) -> list[Draft]:
    if month.first.month == LEAP_MONTH and len(month.days()) == LEAP_DAY:
        drafts.append(leap_day(month))
    return drafts


def leap_day(month: Month) -> Draft:
    """The payment of 29 February; ``month`` must have that day."""
    date = month.first.replace(day=LEAP_DAY)
    price = round(12_000 * month.persona.spending)
    return Draft("leap_day", date, price, "misc", "Passport Office", "card", note="Ten years", label="leap_day")


def _duplicates(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Repeat a purchase: on the same day, or a day apart like a charge that is posted late."""
    if month.first.month in EXACT and (twice := _pick(month, drafts, "exact")):
        drafts.append(replace(twice, key=f"{twice.key}/exact", label="exact_duplicate", of=twice))
    if month.first.month in NEAR and (twice := _pick(month, drafts, "near")):
        date = twice.date + dt.timedelta(days=month.chance("near", "side").choice((-1, 1)))
        drafts.append(replace(twice, key=f"{twice.key}/near", date=date, label="near_duplicate", of=twice))
    return drafts


def _refund(month: Month, drafts: list[Draft]) -> list[Draft]:
    """Return a purchase within ten days."""
    if month.first.month in REFUND and (bought := _pick(month, drafts, "refund", {"apparel", "online", "household"})):
        date = bought.date + dt.timedelta(days=month.chance("refund", "days").randint(2, 10))
        refund = replace(bought, key=f"{bought.key}/refund", date=date, minor=-bought.minor, label="refund", of=bought)
        drafts.append(replace(refund, note="Returned", payment_method="card"))
    return drafts


def _pick(month: Month, drafts: list[Draft], purpose: str, slugs: set[str] | None = None) -> Draft | None:
    """An everyday purchase from the middle of the month, so that its repetition or refund stays in the month."""
    wanted = slugs or {category.slug for category in catalogue.EVERYDAY}
    plain = [each for each in drafts if not each.label and each.category in wanted and each.date.day in MIDDLE]
    return month.chance(purpose).choice(plain) if plain else None


def _replace_first(
    drafts: list[Draft], wanted: Callable[[Draft], bool], change: Callable[[Draft], Draft]
) -> list[Draft]:
    at = next((at for at, draft in enumerate(drafts) if wanted(draft)), None)
    return drafts if at is None else [*drafts[:at], change(drafts[at]), *drafts[at + 1 :]]
