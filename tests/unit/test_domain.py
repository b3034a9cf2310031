"""The rules that need no table: sums, what a query means, identities and moments."""

from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.expense import ULID, ExpenseIn
from handlers.contract.query import ExpenseQuery
from handlers.domain.matching import rules
from handlers.domain.moment import now
from handlers.domain.rollup import Sums, difference, sum_up
from handlers.domain.ulid import CHANCE_BITS, new_ulid, ulid
from tests.unit.table import spent

EXPENSES = st.builds(
    spent,
    st.sampled_from(["1", "-2", "30"]),
    date=st.sampled_from(["2026-02-28", "2026-03-01"]),
    currency=st.sampled_from(["EUR", "JPY"]),
    category=st.sampled_from(["a", "b"]),
    merchant=st.sampled_from(["m", "n"]),
)


def numbers(sums: Sums) -> dict[object, int]:
    """Every sum that is not zero."""
    found: dict[object, int] = {}
    for at, month in sums.months.items():
        found |= {(*at, "count"): month.count, (*at, "total"): month.total}
        found |= {(*at, "count", name): number for name, number in month.counts.items()}
        found |= {(*at, "total", name): number for name, number in month.totals.items()}
    for of, merchant in sums.merchants.items():
        found |= {(*of, "m", "count"): merchant.count, (*of, "m", "total"): merchant.total}
    return {name: number for name, number in found.items() if number}


@given(st.lists(EXPENSES, max_size=6), EXPENSES, EXPENSES)
def test_a_change_adds_to_the_sums_what_summing_up_anew_would_give(
    others: list[ExpenseIn], old: ExpenseIn, new: ExpenseIn
) -> None:
    added, before, after = difference(old, new), sum_up([*others, old]), sum_up([*others, new])
    wanted, told = numbers(after), numbers(before)
    for name, number in numbers(added).items():
        told[name] = told.get(name, 0) + number
    assert {name: number for name, number in told.items() if number} == wanted


@given(EXPENSES)
def test_a_change_to_itself_adds_nothing(expense: ExpenseIn) -> None:
    assert numbers(difference(expense, expense)) == {}
    assert all(month.is_empty for month in difference(expense, expense).months.values())


def test_money_is_summed_in_minor_units_of_its_own_currency() -> None:
    sums = sum_up([spent("0.10"), spent("0.20"), spent("7", currency="JPY"), spent("1.001", currency="KWD")])
    assert {at[1]: month.total for at, month in sums.months.items()} == {"EUR": 30, "JPY": 7, "KWD": 1001}


def matches(expense: ExpenseIn, **filters: object) -> bool:
    return all(rule(expense) for rule in rules(ExpenseQuery.model_validate(filters)))


def test_a_query_of_dates_alone_filters_nothing_in_memory() -> None:
    assert rules(ExpenseQuery.model_validate({"from": "2026-01-01", "to": "2026-02-01", "limit": 3})) == ()


@pytest.mark.parametrize("sought", ["STRASSE", "straße", "Café", "CAFE\u0301", "ﬀ", "zürich", "cafe s", "offen bis"])
def test_words_are_found_however_they_are_typed(sought: str) -> None:
    assert matches(spent(merchant="Café Straße", note="OFFEN\nbis 7, Zürich"), q=sought)


def test_words_are_not_found_where_they_are_not() -> None:
    assert not matches(spent(merchant="Café", note=None), q="tea")
    assert not matches(spent(merchant="Café", note=None), q="\u0301"), "an accent alone is no word"
    assert not matches(spent(tags=["home"]), q="home")


@pytest.mark.parametrize("sought", ["Corner Shop", " Corner  Shop "])
def test_an_expense_that_was_stored_with_needless_white_space_is_found(sought: str) -> None:
    old = spent().model_copy(update={"merchant": "Corner  Shop ", "tags": (" Corner Shop",)})
    assert matches(old, merchant=sought)
    assert matches(old, tag=sought)
    assert matches(old, q=sought)


def test_bounds_of_amounts_compare_decimals_and_include_themselves() -> None:
    assert matches(spent("5"), min_amount="5.0", max_amount="5")
    assert matches(spent("1000", currency="JPY"), min_amount="999.99")
    assert not matches(spent("9"), min_amount="10"), "not as text, where 9 comes after 10"
    assert not matches(spent("-5"), min_amount="-4")


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**CHANCE_BITS - 1))
def test_identities_sort_by_time(first: int, second: int, chance: int) -> None:
    assert (ulid(first, chance) < ulid(second, 0)) or first >= second
    assert len(ulid(first, chance)) == 26


def test_identities_are_as_the_specification_has_them() -> None:
    assert ulid(1469918176385, 0xD7B1E6E2A2B5C8F1A2B3)[:10] == "01ARYZ6S41"
    assert ulid(2**48 - 1, 2**80 - 1) == "7" + 25 * "Z"
    assert ulid(0, 0) == 26 * "0"


@pytest.mark.parametrize(("milliseconds", "chance"), [(2**48, 0), (-1, 0), (0, 2**80), (0, -1)])
def test_what_does_not_fit_into_an_identity_is_refused(milliseconds: int, chance: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        ulid(milliseconds, chance)


def test_new_identities_are_of_now_and_each_its_own() -> None:
    before = ulid(time.time_ns() // 1_000_000, 0)
    made = {new_ulid() for _ in range(1000)}
    assert len(made) == 1000
    assert before <= min(made)
    assert all(re.search(ULID, each) for each in made)


def test_a_moment_is_in_utc_to_the_millisecond() -> None:
    moment = dt.datetime.fromisoformat(now())
    assert now().endswith("Z")
    assert len(now()) == len("2026-11-22T10:00:00.000Z")
    assert abs(dt.datetime.now(dt.UTC) - moment) < dt.timedelta(seconds=5)
