"""A receipt that is changed while its file is inspected, and one that was rejected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.inspection.child import inspect_apart
from handlers.store.receipts.objects import Objects
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.e2e.receipts import Wallet, path_of, send
from tests.e2e.test_receipts_faults import not_called
from tests.unit import files
from tests.unit.receipts import processor_class

pytestmark = pytest.mark.usefixtures("no_dead_letters")


def inspected_while(mine: Wallet, expense: object, data: bytes, happens: Callable[[str], object]) -> tuple[str, str]:
    """Upload a file and inspect it here, with ``happens`` in the middle: the receipt's path, and how it ended."""
    stack = mine.stack
    with not_called(stack):
        asked = mine.ask(expense, data)
        assert send(asked["upload"], data).status_code == 204
        path = path_of(asked["receipt"])

        def inspect(*file: object) -> object:
            happens(path)
            return inspect_apart(*file)  # type: ignore[arg-type]

        objects = Objects(stack.client("s3"), stack.outputs["receipts_bucket"])
        table = stack.outputs["table_name"]
        parts: Any = {"join": lambda _: None, "inspect": inspect}
        processor = processor_class()(stack.client("dynamodb"), table, objects, **parts)
        return path, processor.process(mine.key(asked["receipt"]), None)


def test_a_receipt_that_is_removed_meanwhile_leaves_nothing(stack: Stack, home: Path) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(150, 90))
    expense = mine.api.create()
    path, how = inspected_while(mine, expense, data, lambda path: mine.api.call("DELETE", path))
    assert how == "ended"
    assert mine.api.call("GET", path).status_code == 404
    assert mine.objects() == []
    assert mine.api.get(f"/expenses/{expense['id']}")["receipt_count"] == 0
    assert run("verify", "--home", str(home))[0] == 0


def test_a_receipt_whose_expense_is_deleted_meanwhile_is_there_when_it_is_restored(stack: Stack, home: Path) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(151, 90))
    expense = mine.api.create()
    path, how = inspected_while(mine, expense, data, lambda _: mine.api.delete(expense))
    assert how == "ready"
    assert mine.api.call("GET", path).status_code == 404
    restored = mine.api.call("POST", f"/expenses/{expense['id']}/restore")
    assert (restored.status_code, restored.json()["receipt_count"]) == (200, 1)
    assert mine.api.get(path)["status"] == "ready"
    assert run("verify", "--home", str(home))[0] == 0


def test_after_a_file_was_refused_the_right_one_is_asked_for_anew(stack: Stack) -> None:
    mine, data = Wallet.of(stack), files.photo(size=(152, 90))
    expense = mine.api.create()
    refused = mine.uploaded(expense, b"<html>")
    assert (refused["status"], refused["reason"]) == ("rejected", "type_mismatch")
    ready = mine.uploaded(expense, data)
    assert ready["status"] == "ready"
    assert [each["status"] for each in mine.api.get(f"/expenses/{expense['id']}/receipts")["items"]].count("ready") == 1
    assert mine.api.get(f"/expenses/{expense['id']}")["receipt_count"] == 1
