"""The audit finds every number that is wrong, and none that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checks import roll_ups as auditing
from checks.roll_ups import Mismatch, audit, audit_user
from handlers.store.account.profiles import Profiles
from handlers.store.errors import Busy
from tests.unit.table import ANN, BOB, Table, dynamodb_table, spent

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr(auditing, "pause", lambda attempt: None)
    with dynamodb_table() as made:
        for sub in (ANN, BOB):
            made.expenses(sub).create(spent("5"))
            Profiles(made.partition(sub)).read("a@example.com")
        yield made


def change(table: Table, sub: str, sk: str, **numbers: int) -> None:
    for name, number in numbers.items():
        table.client.update_item(
            TableName=table.name,
            Key={"pk": {"S": f"USER#{sub}"}, "sk": {"S": sk}},
            UpdateExpression="SET #name = :number",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":number": {"N": str(number)}},
        )


def test_a_table_that_agrees_has_no_mismatch(table: Table) -> None:
    made = table.expenses().create(spent("7", merchant="Gone")).expense
    table.expenses().delete(made.id, frozenset({1}))
    assert list(audit(table.client, table.name)) == []


def test_each_wrong_number_is_named_with_its_user(table: Table) -> None:
    change(table, BOB, "MONTH#2026-03#EUR", total=501, **{"count#groceries": 2, "total#fuel": 9})
    change(table, BOB, "MERCHANT#2026-03#EUR#Corner Shop", count=3)
    month = "MONTH#2026-03#EUR"
    assert set(audit(table.client, table.name)) == {
        Mismatch(BOB, month, "total", 501, 500),
        Mismatch(BOB, month, "count of groceries", 2, 1),
        Mismatch(BOB, month, "total of fuel", 9, 0),
        Mismatch(BOB, "MERCHANT#2026-03#EUR#Corner Shop", "count", 3, 1),
    }
    assert audit_user(table.partition()) == ()


def test_a_row_without_roll_ups_and_a_roll_up_without_rows_are_found(table: Table) -> None:
    def delete(sk: str) -> None:
        key: Any = {"pk": {"S": f"USER#{ANN}"}, "sk": {"S": sk}}
        table.client.delete_item(TableName=table.name, Key=key)

    delete("MONTH#2026-03#EUR")
    change(table, ANN, "MONTH#1999-01#USD", count=1)
    found = {(each.roll_up, each.number, each.kept, each.rows) for each in audit(table.client, table.name)}
    assert ("MONTH#2026-03#EUR", "count", 0, 1) in found
    assert ("MONTH#1999-01#USD", "count", 1, 0) in found


def test_a_mismatch_reads_as_a_sentence() -> None:
    mismatch = Mismatch("ann", "MONTH#2026-03#EUR", "total", 501, 500)
    assert str(mismatch) == "user ann: MONTH#2026-03#EUR total is 501, its rows sum up to 500"


def test_a_write_during_the_audit_is_no_mismatch(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    read, writes = auditing.audit_partition, iter(range(1))

    def overtaken(sub: str, items: Any) -> Any:
        rows = list(items)
        for _ in writes:
            change(table, ANN, "MONTH#2026-03#EUR", rev=99)
            rows = [row for row in rows if not row["sk"]["S"].startswith("EXPENSE#")]
        return read(sub, rows)

    monkeypatch.setattr(auditing, "audit_partition", overtaken)
    assert audit_user(table.partition()) == ()
    assert next(writes, None) is None


def test_a_user_who_never_stops_writing_cannot_be_audited(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    change(table, ANN, "MONTH#2026-03#EUR", count=9)
    revisions = iter(range(1000))
    monkeypatch.setattr(auditing, "_revisions", lambda *_: next(revisions))
    with pytest.raises(Busy):
        audit_user(table.partition())
