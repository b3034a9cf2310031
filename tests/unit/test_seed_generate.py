"""The generator: the same for the same arguments, acceptable to the contract, and shaped like the surveys."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from handlers.contract.expense import ULID, Expense, ExpenseIn
from seed.catalogue import AVERAGE, GROUPS, HOME, PERSONAS, POWER_USER, TAIL, Persona
from seed.generate import generate
from seed.ordinary import Month
from seed.ordinary import ordinary as ordinary_month

if TYPE_CHECKING:
    from seed.row import Row

END = dt.date(2026, 10, 31)
SEEDS = range(8)
WHOLE_MONTHS = 12
SURVEY = {"housing": 32.9, "transport": 17.0, "food": 12.9, "health": 8.0, "entertainment": 4.7}
"""Shares of spending in percent, Consumer Expenditure Survey of 2023."""
RARE = {category.slug for category in TAIL}


@functools.cache
def year(seed: int, persona: Persona = AVERAGE) -> tuple[Row, ...]:
    """Twelve whole months."""
    return generate(persona, WHOLE_MONTHS - 1, END, seed)


@pytest.fixture(scope="module")
def years() -> list[tuple[Row, ...]]:
    return [year(seed) for seed in SEEDS]


def ordinary(rows: tuple[Row, ...]) -> list[Expense]:
    """What is neither odd nor rare."""
    return [row.expense for row in rows if not row.label and row.expense.category not in RARE]


def spent(expenses: list[Expense]) -> float:
    return sum(float(each.amount) for each in expenses if each.currency == HOME)


def written(rows: tuple[Row, ...]) -> bytes:
    return b"\n".join(row.expense.model_dump_json().encode() + repr((row.label, row.of)).encode() for row in rows)


def test_the_same_arguments_give_the_same_bytes() -> None:
    again = generate(AVERAGE, WHOLE_MONTHS - 1, END, 1)
    assert written(year(1)) == written(again)


def test_another_seed_or_persona_is_another_life_with_other_ids() -> None:
    lives = [year(1), year(2), year(1, PERSONAS[1])]

    ids = [row.expense.id for life in lives for row in life]

    assert len(set(ids)) == len(ids)


def test_a_later_end_and_a_longer_span_only_add_rows() -> None:
    short = set(written(generate(AVERAGE, 3, dt.date(2026, 7, 12), 1)).splitlines())

    assert short < set(written(generate(AVERAGE, 4, dt.date(2026, 8, 3), 1)).splitlines())


@pytest.mark.parametrize("persona", [*PERSONAS, POWER_USER], ids=lambda persona: persona.name)
def test_the_contract_accepts_every_row_as_it_stands(persona: Persona) -> None:
    for row in year(3, persona):
        sent = row.expense.model_dump(mode="json", include=set(ExpenseIn.model_fields))

        assert ExpenseIn.model_validate(sent).model_dump(mode="json") == sent


def test_an_id_is_a_ulid_of_the_day_of_the_expense() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for row in year(4):
        identity, created = row.expense.id, row.expense.created_at
        milliseconds = sum(alphabet.index(letter) * 32**place for place, letter in enumerate(reversed(identity[:10])))

        assert re.fullmatch(ULID, identity)
        assert dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).date() == row.expense.date
        assert created == row.expense.updated_at
        assert dt.datetime.fromisoformat(created).timestamp() * 1000 == pytest.approx(milliseconds, abs=0.5)


def test_rows_lie_in_their_span_in_order_and_never_after_the_end() -> None:
    end = dt.date(2026, 11, 21)

    dates = [row.expense.date for row in generate(AVERAGE, 12, end, 5) if row.label != "leap_day"]

    assert dates == sorted(dates)
    assert dt.date(2025, 11, 1) <= dates[0] <= dt.date(2025, 11, 5)
    assert dt.date(2026, 11, 18) <= dates[-1] <= end


@pytest.mark.parametrize("months", [-1, 12 * 60, 12 * 3000])
def test_a_span_that_cannot_be_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match=f"Cannot generate {months} months before 2026-10-31"):
        generate(AVERAGE, months, END, 1)


def test_a_month_has_about_57_rows_and_5230_dollars(years: list[tuple[Row, ...]]) -> None:
    months = len(SEEDS) * WHOLE_MONTHS

    assert sum(len(ordinary(rows)) for rows in years) / months == pytest.approx(57, abs=3)
    assert sum(spent(ordinary(rows)) for rows in years) / months == pytest.approx(5230, rel=0.08)
    assert sum(len(rows) for rows in years) / months == pytest.approx(60, abs=4)


def test_every_share_is_within_3_points_of_the_survey(years: list[tuple[Row, ...]]) -> None:
    everything = [row.expense for rows in years for row in rows]

    shares = {
        group: 100 * spent([each for each in everything if each.category in slugs]) / spent(everything)
        for group, slugs in GROUPS.items()
    }

    assert shares == {group: pytest.approx(share, abs=3) for group, share in SURVEY.items()}


def test_a_year_costs_about_what_the_survey_says(years: list[tuple[Row, ...]]) -> None:
    assert fmean(spent([row.expense for row in rows]) for rows in years) == pytest.approx(78_535, rel=0.1)


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.name)
def test_a_persona_scales_the_amounts(persona: Persona, years: list[tuple[Row, ...]]) -> None:
    average = fmean(spent(ordinary(rows)) for rows in years)

    theirs = fmean(spent(ordinary(year(seed, persona))) for seed in SEEDS)

    assert theirs / average == pytest.approx(persona.spending, rel=0.12)


def test_a_power_user_has_5000_rows_a_year() -> None:
    assert len(year(1, POWER_USER)) >= 5_000


def test_amounts_at_the_till_are_as_round_as_people_meet_them(years: list[tuple[Row, ...]]) -> None:
    amounts = [e.amount for rows in years for e in ordinary(rows) if e.category in {"groceries", "restaurants"}]

    assert sum(amount.endswith(".00") for amount in amounts) / len(amounts) == pytest.approx(0.25, abs=0.03)
    assert sum(amount.endswith("0") for amount in amounts) / len(amounts) == pytest.approx(0.78, abs=0.03)


def test_weekends_are_busy_and_the_busiest_shop_sees_a_third_of_a_category(
    years: list[tuple[Row, ...]],
) -> None:
    meals = [e for rows in years for e in ordinary(rows) if e.category in {"coffee", "restaurants", "groceries"}]
    weekdays = Counter(each.date.weekday() for each in meals)
    favourite = fmean(
        Counter(e.merchant for e in ordinary(rows) if e.category == "groceries").most_common(1)[0][1]
        / sum(e.category == "groceries" for e in ordinary(rows))
        for rows in years
    )

    assert weekdays[4] + weekdays[5] > 1.15 * (weekdays[0] + weekdays[1])
    assert favourite == pytest.approx(1 / 3.25, abs=0.08)  # Zipf over 14 shops


def test_bills_come_early_in_the_month_never_at_a_weekend_and_utilities_follow_the_season(
    years: list[tuple[Row, ...]],
) -> None:
    everything = [row.expense for rows in years for row in rows]
    rents = [each for each in everything if each.category == "rent"]
    utilities = [each for each in everything if each.category == "utilities"]

    def paid_in(*months: int) -> float:
        return fmean(float(each.amount) for each in utilities if each.date.month in months)

    assert len(rents) == len(SEEDS) * WHOLE_MONTHS
    assert {each.amount for each in rents} == {"1480.00"}
    assert all(each.date.day <= 9 and each.date.weekday() < 5 for each in [*rents, *utilities])
    assert paid_in(12, 1, 2) / paid_in(6, 7, 8) == pytest.approx(1.24 / 0.76, rel=0.15)


def test_travel_is_booked_in_summer_and_gifts_in_december() -> None:
    def bought(month: int, *slugs: str) -> int:
        """How many purchases 250 people made in a month of this number."""
        lives = (Month(seed, AVERAGE, dt.date(2025, month, 1)) for seed in range(250))
        return sum(draft.category in slugs for life in lives for draft in ordinary_month(life))

    assert bought(7, "flights", "hotels") / bought(3, "flights", "hotels") == pytest.approx(1.74, abs=0.4)
    assert bought(12, "gifts", "online") / bought(6, "gifts", "online") == pytest.approx(1.25, abs=0.12)
