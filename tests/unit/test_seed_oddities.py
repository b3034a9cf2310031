"""The labelled oddities: each is what its label says, and whatever it repeats is there as well."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, get_args

import pytest

from seed.catalogue import AVERAGE
from seed.generate import generate
from seed.row import Label

if TYPE_CHECKING:
    from handlers.contract.expense import Expense
    from seed.row import Row

END = dt.date(2026, 11, 21)
SEEDS = range(6)


@pytest.fixture(scope="module", params=SEEDS)
def rows(request: pytest.FixtureRequest) -> tuple[Row, ...]:
    return generate(AVERAGE, 12, END, request.param)


def labelled(rows: tuple[Row, ...], label: Label) -> list[Expense]:
    found = [row.expense for row in rows if row.label == label]
    assert found, label
    return found


def pairs(rows: tuple[Row, ...], label: Label) -> list[tuple[Expense, Expense]]:
    """Each labelled expense with the one it is of."""
    by_id = {row.expense.id: row.expense for row in rows}
    found = [(row.expense, by_id[row.of]) for row in rows if row.label == label and row.of]
    assert found, label
    return found


def test_every_year_holds_every_oddity(rows: tuple[Row, ...]) -> None:
    assert {row.label for row in rows if row.label} == set(get_args(Label))


def test_an_exact_duplicate_differs_in_its_id_alone(rows: tuple[Row, ...]) -> None:
    for again, original in pairs(rows, "exact_duplicate"):
        own = {"id", "created_at", "updated_at"}

        assert again.id != original.id
        assert again.model_dump(exclude=own) == original.model_dump(exclude=own)


def test_a_near_duplicate_lies_one_day_off(rows: tuple[Row, ...]) -> None:
    for again, original in pairs(rows, "near_duplicate"):
        assert abs((again.date - original.date).days) == 1
        assert (again.amount, again.merchant) == (original.amount, original.merchant)


def test_a_refund_pays_back_what_was_bought_before(rows: tuple[Row, ...]) -> None:
    for refund, bought in pairs(rows, "refund"):
        assert refund.amount == f"-{bought.amount}"
        assert refund.merchant == bought.merchant
        assert 2 <= (refund.date - bought.date).days <= 10


def test_the_price_of_one_subscription_rises_and_stays_up(rows: tuple[Row, ...]) -> None:
    (rise,) = labelled(rows, "price_rise")
    charges = [row.expense for row in rows if row.expense.merchant == rise.merchant]

    before = {float(each.amount) for each in charges if each.date < rise.date}
    after = {float(each.amount) for each in charges if each.date > rise.date}

    assert len(before) == 1
    assert after == {float(rise.amount)}
    assert max(before) < min(after)


def test_a_cancelled_subscription_is_charged_each_month_and_then_never_again(rows: tuple[Row, ...]) -> None:
    for last in labelled(rows, "cancelled_subscription"):
        charges = [row.expense.date for row in rows if row.expense.merchant == last.merchant]

        assert [date.month for date in charges] == list(range(1, 11))
        assert charges[-1] == last.date


def test_the_labelled_bill_comes_after_a_month_without_it(rows: tuple[Row, ...]) -> None:
    (after,) = labelled(rows, "missing_month")

    months = {row.expense.date.month for row in rows if row.expense.merchant == after.merchant}

    assert months == set(range(1, 13)) - {after.date.month - 1}


def test_the_trip_is_paid_in_yen_and_dinars_and_nothing_is_bought_at_home_meanwhile(
    rows: tuple[Row, ...],
) -> None:
    trip = labelled(rows, "foreign_trip")
    abroad = {each.date for each in trip}
    at_home = [
        row.expense
        for row in rows
        if row.expense.date in abroad and row.expense.category in {"coffee", "groceries"} and not row.label
    ]
    elsewhere = {row.expense.currency for row in rows if row.label != "foreign_trip"}

    assert {each.currency for each in trip} == {"JPY", "KWD"}
    assert (max(abroad) - min(abroad)).days <= 8
    assert all("." not in each.amount for each in trip if each.currency == "JPY")
    assert all(len(each.amount.partition(".")[2]) == 3 for each in trip if each.currency == "KWD")
    assert elsewhere == {"USD"}
    assert not at_home


def test_the_latest_leap_day_is_there_and_is_not_repeated_when_its_month_is(rows: tuple[Row, ...]) -> None:
    (leap,) = labelled(rows, "leap_day")
    (within,) = labelled(generate(AVERAGE, 3, dt.date(2024, 4, 1), 1), "leap_day")
    (alone,) = labelled(generate(AVERAGE, 3, END, 1), "leap_day")

    assert leap.date == dt.date(2024, 2, 29)
    assert within == alone


def test_merchants_come_in_other_scripts_and_directions(rows: tuple[Row, ...]) -> None:
    def is_right_to_left(name: str) -> bool:
        return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)

    right_to_left, others = labelled(rows, "rtl_merchant"), labelled(rows, "unicode_merchant")

    assert all(is_right_to_left(each.merchant) for each in right_to_left)
    assert not any(is_right_to_left(each.merchant) or each.merchant.isascii() for each in others)


def test_the_anomalous_week_is_the_dearest_week_of_going_out(rows: tuple[Row, ...]) -> None:
    out: dict[tuple[int, int], float] = defaultdict(float)
    for row in rows:
        if row.expense.category in {"restaurants", "events"} and row.expense.currency == "USD":
            out[row.expense.date.isocalendar()[:2]] += float(row.expense.amount)

    (week,) = {each.date.isocalendar()[:2] for each in labelled(rows, "anomalous_week")}

    assert out[week] == max(out.values())
