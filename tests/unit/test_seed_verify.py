"""``stack verify``: finds each wrong number of a roll-up, and raises no false alarm."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NoReturn

import boto3
import pytest

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.errors import Busy
from seed.demo import people
from seed.generate import generate
from seed.load import load
from seed.verify import verify
from stack.errors import StackError
from tests.unit.table import ANN, BOB, dynamodb_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.table import Table

FEBRUARY = keys.month_roll_up(keys.RollUpKey("2026-02", "USD"))
PERSON = people(1, 1)[0]


@pytest.fixture
def table() -> Iterator[Table]:
    """Two users' spending of a few days."""
    rows = [row.expense for row in generate(PERSON.persona, 0, dt.date(2026, 2, 8), PERSON.seed)]
    with dynamodb_table() as table:
        for sub in (ANN, BOB):
            load(table.client, table.name, sub, PERSON, rows)
        yield table


def verified(table: Table, said: list[str] | None = None) -> tuple[Any, ...]:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
    outputs = {"region": "eu-central-1", "table_name": table.name}
    return verify(session, None, outputs, (said if said is not None else []).append)


def add(table: Table, sub: str, sk: str, attribute: str) -> None:
    """Tamper with a number."""
    table.client.update_item(
        TableName=table.name,
        Key={PARTITION_KEY: {"S": keys.partition(sub)}, SORT_KEY: {"S": sk}},
        UpdateExpression="ADD #attribute :one",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def test_it_says_that_all_is_well(table: Table) -> None:
    said: list[str] = []

    assert verified(table, said) == ()
    assert "every roll-up" in said[0]


@pytest.mark.parametrize(("attribute", "number"), [("count", "count"), ("total#coffee", "total of coffee")])
def test_it_names_user_roll_up_and_number_of_what_is_wrong(table: Table, attribute: str, number: str) -> None:
    add(table, BOB, FEBRUARY, attribute)
    said: list[str] = []

    (found,) = verified(table, said)

    assert (found.sub, found.roll_up, found.number, found.kept - found.rows) == (BOB, FEBRUARY, number, 1)
    assert said[0].endswith(": 1")


def test_it_notices_a_roll_up_of_a_merchant_that_nobody_paid(table: Table) -> None:
    nobody = keys.merchant_roll_up(keys.MerchantKey("2026-02", "USD", "Nobody"))
    add(table, ANN, nobody, "count")
    add(table, ANN, nobody, "total")

    assert {(each.roll_up, each.number) for each in verified(table)} == {(nobody, "count"), (nobody, "total")}


def test_a_user_who_never_stops_writing_is_no_mismatch_but_a_reason_to_come_back(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_still(*_: object) -> NoReturn:
        raise Busy

    monkeypatch.setattr("seed.verify.audit", never_still)

    with pytest.raises(StackError, match="verify again"):
        verified(table)
