"""Cursors: what a client cannot do with one."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.query import ExpenseQuery, parse_query
from handlers.store.errors import InvalidCursor
from handlers.store.expenses.cursor import seal, unseal
from tests.unit.table import ANN, BOB, CURSOR_KEY

POSITION = "2026-03-14#01JD8Z3N5T9Q4V7XK2M6R0BHWC"
EVERY = ExpenseQuery()


def code(cursor: str, query: ExpenseQuery = EVERY, sub: str = ANN, key: str = CURSOR_KEY) -> str:
    with pytest.raises(InvalidCursor) as refusal:
        unseal(cursor, query, sub, key)
    assert refusal.value.detail
    return refusal.value.code


def sealed(**filters: Any) -> str:
    return seal(POSITION, ExpenseQuery(**filters), ANN, CURSOR_KEY)


def test_a_cursor_leads_back_to_where_the_page_ended() -> None:
    cursor = sealed(category="fuel", limit=10)
    assert unseal(cursor, ExpenseQuery(category="fuel", limit=200, cursor=cursor), ANN, CURSOR_KEY) == POSITION


def test_the_contract_takes_every_cursor_the_store_makes() -> None:
    query = parse_query(ExpenseQuery, {"cursor": [sealed()]})
    assert query.cursor == sealed()


def test_a_cursor_of_another_user_or_another_stack_is_refused() -> None:
    assert code(sealed(), sub=BOB) == "foreign_cursor"
    assert code(sealed(), key="another key") == "foreign_cursor"


@pytest.mark.parametrize(
    "other",
    [{"tag": "a"}, {"q": "a"}, {"from": "2026-01-01"}, {"min_amount": "1"}, {"category": "rent"}],
)
def test_a_cursor_used_with_other_filters_is_refused(other: dict[str, Any]) -> None:
    assert code(sealed(), ExpenseQuery(**other)) == "cursor_of_other_filters"
    assert code(sealed(**other)) == "cursor_of_other_filters"


@pytest.mark.parametrize("cursor", ["A", "AAAAA"])
def test_what_is_no_base64_is_malformed(cursor: str) -> None:
    assert code(cursor) == "malformed_cursor"


@given(st.integers(0, 60), st.integers(1, 255))
def test_no_byte_of_a_cursor_can_be_changed(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed() + "=="))
    raw[place] ^= change
    assert code(base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()) == "foreign_cursor"


@given(st.binary(min_size=0, max_size=90))
def test_nothing_forged_is_obeyed(raw: bytes) -> None:
    assert code(base64.urlsafe_b64encode(raw).rstrip(b"=").decode() or "AA") == "foreign_cursor"


def test_a_cursor_shows_no_user() -> None:
    assert ANN.encode() not in base64.urlsafe_b64decode(sealed() + "==")
