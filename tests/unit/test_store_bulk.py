"""Rows in bulk, and months summed up anew while users go on writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from handlers.contract.expense import ExpensePatch
from handlers.contract.parsing import parse
from handlers.domain.rollup import sum_up
from handlers.store import bulk
from handlers.store.audit import audit_user
from handlers.store.bulk import TRANSACTION, recompute, spans, write_many
from handlers.store.errors import Busy
from handlers.store.items import expense_item
from handlers.store.transaction import ATTEMPTS
from tests.unit.table import ANN, Table, dynamodb_table, kept, spent

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW = kept("01JD8Z3N5T9Q4V7XK2M6R0BHWC")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr(bulk, "pause", lambda attempt: None)
    with dynamodb_table() as made:
        yield made


def rows(number: int, **fields: Any) -> list[Any]:
    return [kept(f"01JD8Z3N5T9Q4V7XK2M6R0B{each:03}", **fields) for each in range(number)]


def mismatches(table: Table) -> Any:
    return audit_user(table.client, table.name, ANN)


def break_sums(table: Table, sk: str) -> None:
    table.client.update_item(
        TableName=table.name,
        Key={"pk": {"S": f"USER#{ANN}"}, "sk": {"S": sk}},
        UpdateExpression="ADD #total :more",
        ExpressionAttributeNames={"#total": "total"},
        ExpressionAttributeValues={":more": {"N": "1"}},
    )


def test_rows_written_twice_count_once(table: Table) -> None:
    for _ in range(2):
        assert write_many(table.client, table.name, ANN, rows(60)) == 60
    assert table.items()["MONTH#2026-03#EUR"]["count"] == 60
    assert mismatches(table) == ()


def test_rows_join_those_that_users_made(table: Table) -> None:
    table.expenses().create(spent("1"))
    write_many(table.client, table.name, ANN, rows(2))
    assert table.items()["MONTH#2026-03#EUR"]["count"] == 3
    table.expenses().create(spent("1"))
    assert mismatches(table) == ()


def test_recomputing_mends_whatever_is_wrong_and_then_writes_nothing(table: Table) -> None:
    write_many(table.client, table.name, ANN, [ROW])
    break_sums(table, "MONTH#2026-03#EUR")
    break_sums(table, "MERCHANT#2026-03#EUR#Corner Shop")
    break_sums(table, "MERCHANT#2026-03#EUR#Nobody's Shop")
    assert len(mismatches(table)) == 3
    recompute(table.client, table.name, ANN, ["2026-03"])
    assert mismatches(table) == ()
    mended = table.items()
    recompute(table.client, table.name, ANN, ["2026-03", "1999-01"])
    assert table.items() == mended


def test_a_month_whose_rows_are_gone_is_emptied_and_still_counts_its_changes(table: Table) -> None:
    write_many(table.client, table.name, ANN, [ROW])
    before = table.items()["MONTH#2026-03#EUR"]["rev"]
    key: Any = {"pk": {"S": f"USER#{ANN}"}, "sk": {"S": f"EXPENSE#{ROW.id}"}}
    table.client.delete_item(TableName=table.name, Key=key)
    recompute(table.client, table.name, ANN, ["2026-03"])
    items = table.items()
    assert items.keys() == {"MONTH#2026-03#EUR"}
    assert (items["MONTH#2026-03#EUR"]["count"], items["MONTH#2026-03#EUR"]["rev"]) == (0, before + 1)


def test_an_expense_made_while_a_month_is_summed_up_is_not_lost(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    write_many(table.client, table.name, ANN, [ROW])
    creations = iter(range(2))

    def meanwhile(expenses: Any) -> Any:
        sums = sum_up(list(expenses))
        for _ in creations:
            table.expenses().create(spent("1", merchant="Meanwhile"))
            table.expenses().create(spent("1", currency="USD"))
            break
        return sums

    monkeypatch.setattr(bulk, "sum_up", meanwhile)
    break_sums(table, "MONTH#2026-03#EUR")
    recompute(table.client, table.name, ANN, ["2026-03"])
    assert mismatches(table) == ()
    assert table.items()["MONTH#2026-03#EUR"]["count"] == 3
    assert next(creations, None) is None


def test_a_merchant_renamed_while_a_month_is_summed_up_keeps_the_new_name(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = table.expenses().create(spent("1", merchant="Old")).expense
    renamings = iter(range(1))

    def meanwhile(expenses: Any) -> Any:
        sums = sum_up(list(expenses))
        for _ in renamings:
            table.expenses().update(made.id, frozenset({1}), parse(ExpensePatch, {"merchant": "New"}).applied_to)
        return sums

    monkeypatch.setattr(bulk, "sum_up", meanwhile)
    break_sums(table, "MERCHANT#2026-03#EUR#Old")
    recompute(table.client, table.name, ANN, ["2026-03"])
    assert mismatches(table) == ()


def test_whoever_is_overtaken_every_time_is_told_to_come_back(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    write_many(table.client, table.name, ANN, [ROW])

    def meanwhile(expenses: Any) -> Any:
        sums = sum_up(list(expenses))
        table.expenses().create(spent("1"))
        return sums

    monkeypatch.setattr(bulk, "sum_up", meanwhile)
    break_sums(table, "MONTH#2026-03#EUR")
    with pytest.raises(Busy):
        recompute(table.client, table.name, ANN, ["2026-03"])
    assert [each.kept - each.rows for each in mismatches(table)] == [1], "the mistake is still the one we made"


def test_a_month_of_more_merchants_than_a_transaction_takes(table: Table) -> None:
    many = [
        kept(f"01JD8Z3N5T9Q4V7XK2M6R0B{number:03}", merchant=f"Shop {number}") for number in range(TRANSACTION + 20)
    ]
    write_many(table.client, table.name, ANN, many)
    assert mismatches(table) == ()
    assert len(table.reports().month("2026-03").merchants) == TRANSACTION + 20


def test_what_dynamodb_leaves_unprocessed_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "pause", lambda attempt: None)
    monkeypatch.setattr(bulk, "recompute", lambda *_: None)
    client = boto3.client("dynamodb", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    put: Any = {"PutRequest": {"Item": expense_item(ANN, ROW)}}
    left: Any = {"UnprocessedItems": {"data": [put]}}
    done: Any = {"UnprocessedItems": {}}
    with Stubber(client) as dynamodb:
        dynamodb.add_response("batch_write_item", left, {"RequestItems": {"data": [put]}})
        dynamodb.add_response("batch_write_item", done, {"RequestItems": {"data": [put]}})
        write_many(client, "data", ANN, [ROW])
        dynamodb.assert_no_pending_responses()
        for _ in range(ATTEMPTS):
            dynamodb.add_response("batch_write_item", left)
        with pytest.raises(Busy):
            write_many(client, "data", ANN, [ROW])


def test_months_in_a_row_are_read_together() -> None:
    assert list(spans(["2026-02", "2025-12", "2026-01", "2024-01", "2026-02"])) == [
        ("2024-01", "2024-01"),
        ("2025-12", "2026-02"),
    ]
    assert list(spans([])) == []
