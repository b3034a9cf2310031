"""What each access pattern asks of DynamoDB, and how often: the grants of the functions, and the cost of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handlers.contract.expense import ExpensePatch
from handlers.contract.parsing import parse
from handlers.contract.profile import ProfilePatch
from handlers.contract.query import ExpenseQuery
from handlers.store.idempotency import Idempotency
from handlers.store.profiles import Profiles
from tests.unit.table import ANN, Table, dynamodb_table, spent

KEY = Idempotency("key", "fingerprint")
MAIL = "ann@example.com"


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb_table() as made:
        yield made


def calls(table: Table, act: Callable[[], Any]) -> list[str]:
    """The operations that ``act`` calls; of a transaction, its actions too."""
    seen: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        parts = [verb for action in params.get("TransactItems", []) for verb in action]
        seen.append(f"{model.name} {' '.join(parts)}".strip())

    table.client.meta.events.register("provide-client-params.dynamodb", note)
    act()
    table.client.meta.events.unregister("provide-client-params.dynamodb", note)
    return seen


def test_a_create_is_one_call_with_a_key_or_without(table: Table) -> None:
    expenses = table.expenses()
    assert calls(table, lambda: expenses.create(spent())) == ["TransactWriteItems Put Update Update"]
    assert calls(table, lambda: expenses.create(spent(), KEY)) == ["TransactWriteItems Put Put Update Update"]
    assert calls(table, lambda: expenses.create(spent(), KEY)) == [
        "TransactWriteItems Put Put Update Update",
        "GetItem",
    ]


def test_a_change_reads_once_and_writes_once(table: Table) -> None:
    expenses = table.expenses()
    made = expenses.create(spent()).expense

    def change(version: int, **patch: Any) -> list[str]:
        allowed = frozenset({version})
        return calls(table, lambda: expenses.update(made.id, allowed, parse(ExpensePatch, patch).applied_to))

    assert change(1, note="n") == ["GetItem", "TransactWriteItems Put"]
    assert change(2, amount="5") == ["GetItem", "TransactWriteItems Put Update Update"]
    assert change(3, merchant="Another") == ["GetItem", "TransactWriteItems Put Update Update Update"]
    assert change(4, date="2026-01-01", merchant="Other") == [
        "GetItem",
        "TransactWriteItems Put Update Update Update Update",
    ]
    deletion = calls(table, lambda: expenses.delete(made.id, frozenset({5})))
    assert deletion == ["GetItem", "TransactWriteItems Update Update Update"]
    assert calls(table, lambda: expenses.restore(made.id)) == ["GetItem", "TransactWriteItems Put Update Update"]


def test_a_read_is_one_call(table: Table) -> None:
    made = table.expenses().create(spent()).expense
    assert calls(table, lambda: table.expenses().get(made.id)) == ["GetItem"]
    assert calls(table, lambda: table.reports().trend("2025-12", "2026-11")) == ["Query"]
    assert calls(table, lambda: table.reports().month("2026-03")) == ["Query", "Query"]


def test_a_page_is_one_query_also_when_there_is_another(table: Table) -> None:
    for _ in range(4):
        table.expenses().create(spent())
    for limit in (1, 3, 4, 50):
        assert calls(table, lambda limit=limit: table.list().page(ExpenseQuery(limit=limit))) == ["Query"]  # type: ignore[misc]
    assert calls(table, lambda: table.list().page(ExpenseQuery(limit=1, q="corner"))) == ["Query"]


def test_a_profile_is_one_read_and_one_write(table: Table) -> None:
    profiles = Profiles(table.client, table.name, ANN)
    assert calls(table, lambda: profiles.read(MAIL)) == ["GetItem", "PutItem"]
    assert calls(table, lambda: profiles.read(MAIL)) == ["GetItem"]
    change = {"locale": "de"}
    assert calls(table, lambda: profiles.update(MAIL, parse(ProfilePatch, change).applied_to)) == [
        "GetItem",
        "PutItem",
    ]
