"""Keys, attributes and the client: the small parts of the store that everything stands on."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.store import keys
from handlers.store.account.profiles import profile_item, read_profile
from handlers.store.client import dynamodb
from handlers.store.expenses.items import expense_item, read_expense
from handlers.store.keys import MerchantKey, RollUpKey
from handlers.store.table.attributes import decode, encode
from tests.unit.table import ANN, kept

MONTHS = st.dates(dt.date(1970, 1, 1), dt.date(9999, 12, 31)).map(keys.month_of)
MERCHANTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)
ULID = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"


def within(key: str, bounds: tuple[str, str]) -> bool:
    """As DynamoDB compares text: by its bytes in UTF-8."""
    first, last = (bound.encode() for bound in bounds)
    return first <= key.encode() <= last


@given(MONTHS, MERCHANTS)
def test_a_merchant_may_have_any_name_and_comes_back_from_its_key(month: str, name: str) -> None:
    sk = keys.merchant_roll_up(MerchantKey(month, "EUR", name))
    assert keys.parse_merchant_roll_up(sk) == MerchantKey(month, "EUR", name)
    assert keys.parse_roll_up(sk) == RollUpKey(month, "EUR")
    assert len(sk.encode()) <= 1024
    assert within(sk, keys.all_of(keys.MERCHANT))


@given(MONTHS, MONTHS, MONTHS, MERCHANTS)
def test_bounds_of_months_hold_those_months_and_no_others(first: str, last: str, month: str, name: str) -> None:
    inside = first <= month <= last
    of_month = keys.month_roll_up(RollUpKey(month, "ZWG"))
    of_merchant = keys.merchant_roll_up(MerchantKey(month, "ZWG", name))
    assert within(of_month, keys.month_bounds(keys.MONTH, first, last)) is inside
    assert within(of_merchant, keys.month_bounds(keys.MERCHANT, first, last)) is inside
    assert not within(of_merchant, keys.month_bounds(keys.MONTH, first, last))


@given(st.dates(), st.dates(), st.dates())
def test_bounds_of_days_hold_those_days_and_no_others(first: dt.date, last: dt.date, day: dt.date) -> None:
    key = keys.by_date(day, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
    assert within(key, keys.day_bounds(first, last)) is (first <= day <= last)
    assert within(key, keys.day_bounds(None, None))
    assert within(key, keys.days_of(keys.month_of(first), keys.month_of(last))) is (
        keys.month_of(first) <= keys.month_of(day) <= keys.month_of(last)
    )


def test_what_hangs_on_an_expense_is_no_expense() -> None:
    assert keys.is_expense(keys.expense(ULID))
    assert not keys.is_expense(f"{keys.expense(ULID)}#RECEIPT#{ULID}")
    assert not keys.is_expense(keys.PROFILE)


def test_a_partition_is_one_users() -> None:
    assert keys.owner(keys.partition(ANN)) == ANN
    assert keys.partition("a") != keys.partition("b")


@given(
    st.dictionaries(
        st.text(min_size=1),
        st.text() | st.integers() | st.lists(st.text()) | st.sets(st.text(min_size=1), min_size=1),
    )
)
def test_values_come_back_as_they_were(values: dict[str, Any]) -> None:
    assert decode(encode(values)) == values


def test_none_stays_away_and_what_is_no_kind_of_ours_is_refused() -> None:
    assert encode({"note": None}) == {}
    refused: tuple[object, ...] = (1.5, True, {"a": 1}, set())
    for value in refused:
        with pytest.raises(TypeError, match="note"):
            encode({"note": value})


def test_an_expense_is_kept_whole_and_without_what_it_has_not() -> None:
    bare, full = kept(ULID), kept(ULID, note="n", tags=["a"], payment_method="cash")
    assert read_expense(expense_item(ANN, bare)) == bare
    assert read_expense(expense_item(ANN, full)) == full
    assert not {"note", "tags", "payment_method"} & expense_item(ANN, bare).keys()
    assert expense_item(ANN, bare)["minor"] == {"N": "1234"}


def test_a_profile_is_kept_without_its_email() -> None:
    moment = "2026-03-14T10:00:00.000Z"
    profile = read_profile(encode({"created_at": moment, "updated_at": moment, "locale": "de"}), "a@example.com")
    item = profile_item(ANN, profile, 1)
    assert "email" not in item
    assert read_profile(item, profile.email) == profile


def test_a_function_loads_no_boto3() -> None:
    program = "import sys, handlers.store.expenses.expenses, handlers.store.client, handlers.store.expenses.listing; "
    answer = subprocess.run(
        [sys.executable, "-c", program + "print('boto3' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "False"


def test_a_client_gives_up_before_its_function_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    dynamodb.cache_clear()
    config: Any = dynamodb().meta.config
    tries = config.retries["total_max_attempts"]
    assert tries * (config.connect_timeout + config.read_timeout) < 20
    assert dynamodb() is dynamodb()
    dynamodb.cache_clear()


def test_an_upload_and_a_file_are_found_again_by_the_keys_of_their_objects() -> None:
    upload = keys.UploadKey("a-sub", "01JD8Z3N5T9Q4V7XK2M6R0BHWC", "01JD8Z3N5T9Q4V7XK2M6R0BHWD")
    assert keys.parse_upload_object(keys.upload_object(upload)) == upload
    file = keys.FileKey("a-sub", "ab" * 32, "01JD8Z3N5T9Q4V7XK2M6R0BHWC")
    assert {keys.parse_file_object(key) for key in file.objects} == {file}
    assert keys.parse_upload_object(file.objects[0]) is None
    assert keys.parse_file_object(keys.upload_object(upload)) is None


def test_a_receipt_is_found_again_by_its_key_and_is_no_expense() -> None:
    sk = keys.receipt("01JD8Z3N5T9Q4V7XK2M6R0BHWC", "01JD8Z3N5T9Q4V7XK2M6R0BHWD")
    assert keys.parse_receipt(sk) == ("01JD8Z3N5T9Q4V7XK2M6R0BHWC", "01JD8Z3N5T9Q4V7XK2M6R0BHWD")
    assert keys.is_receipt(sk)
    counted = keys.receipts("01JD8Z3N5T9Q4V7XK2M6R0BHWC")
    assert not any(keys.is_expense(each) for each in (sk, counted))
    assert not keys.is_receipt(counted)
    first, last = keys.all_of(keys.receipt("01JD8Z3N5T9Q4V7XK2M6R0BHWC", ""))
    assert first <= sk <= last
    assert not first <= counted <= last
