"""Receipts as their owner sees them: asked for, counted, hidden with their expense, removed with all they left."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.contract.receipt import MAX_RECEIPTS, MAX_UPLOADS
from handlers.store import keys
from handlers.store.errors import NotFound, TooManyReceipts, TooManyUploads
from handlers.store.receipts.items import StoredReceipt, read_receipt, receipt_item
from handlers.store.receipts.receipts import Receipts
from tests.unit.receipts import NO_EXPENSE, REQUEST, Place, place, promise
from tests.unit.table import ANN, BOB

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1773489600
"""2026-03-14T12:00:00Z."""


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def test_a_record_is_read_back_as_it_was_kept() -> None:
    record = StoredReceipt(
        id="r", expense_id="e", status="ready", filename="f", content_type="image/png", size=1, sha256="s",
        created_at="c", reason=None, width=1, height=2, pages=None, taken_at="t", duplicate_of="d", stored_as="x",
        thumbnail=True, in_flight=False, expires_at=5, request_id="q",
    )  # fmt: skip
    assert read_receipt({**receipt_item(ANN, record), "sk": {"S": keys.receipt("e", "r")}}) == record


def test_what_was_asked_for_is_pending_and_ends_by_itself(here: Place) -> None:
    record = here.ask(here.expense())
    assert here.receipts.get(record.expense_id, record.id) == record
    assert record.status == "pending"
    item = here.table.items()[keys.receipt(record.expense_id, record.id)]
    assert time.time() < item["expires_at"] <= time.time() + 3600


def test_what_has_expired_is_gone_before_dynamodb_removes_it(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    record = here.ask(here.expense())
    later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: later)
    assert here.receipts.of_expense(record.expense_id) == []
    with pytest.raises(NotFound):
        here.receipts.get(record.expense_id, record.id)
    with pytest.raises(NotFound):
        here.receipts.delete(record.expense_id, record.id, here.objects)
    version = here.upload(record)
    assert here.process(record, version) == "unknown"
    assert here.versions() == []


def test_an_eleventh_receipt_is_refused_until_one_goes(here: Place) -> None:
    expense_id = here.expense()
    asked = [here.ask(expense_id) for _ in range(MAX_RECEIPTS)]
    with pytest.raises(TooManyReceipts):
        here.ask(expense_id)
    here.ask(here.expense())  # of another expense
    here.receipts.delete(expense_id, asked[0].id, here.objects)
    here.ask(expense_id)
    assert here.process(asked[1], here.upload(asked[1], b"not what was promised")) == "rejected"
    here.ask(expense_id)


def test_an_ask_between_counting_and_writing_is_counted_too(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    expense_id = here.expense()
    for _ in range(MAX_RECEIPTS - 1):
        here.ask(expense_id)
    count = Receipts._all
    rival = iter([True])

    def overtaken(self: Receipts, expense_id: str) -> list[StoredReceipt]:
        counted = count(self, expense_id)
        if next(rival, False):
            here.ask(expense_id)
        return counted

    monkeypatch.setattr(Receipts, "_all", overtaken)
    with pytest.raises(TooManyReceipts):
        here.ask(expense_id)
    assert len(here.receipts.of_expense(expense_id)) == MAX_RECEIPTS


def test_a_day_has_an_end_of_uploads_and_tells_when_the_next_begins(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOON)
    asked = keys.uploads(dt.date(2026, 3, 14))
    count = {**here.table.partition().key(asked), "count": {"N": str(MAX_UPLOADS - 2)}}
    here.table.client.put_item(TableName=here.table.name, Item=count)
    expense_id = here.expense()
    here.ask(expense_id)
    here.ask(expense_id)
    with pytest.raises(TooManyUploads) as refused:
        here.ask(expense_id)
    assert refused.value.retry_after == 12 * 3600
    with pytest.raises(NotFound):
        here.ask(NO_EXPENSE)
    monkeypatch.setattr(time, "time", lambda: NOON + refused.value.retry_after)
    here.ask(expense_id)


def test_what_is_not_yours_or_not_there_cannot_be_asked_for_seen_or_removed(here: Place) -> None:
    mine = here.ready(here.expense())
    bob = replace(here, sub=BOB)
    for sub, expense_id, receipt_id in (
        (BOB, mine.expense_id, mine.id),
        (BOB, bob.expense(), mine.id),
        (ANN, here.expense(), mine.id),
        (ANN, NO_EXPENSE, mine.id),
        (ANN, mine.expense_id, NO_EXPENSE),
    ):
        theirs = replace(here, sub=sub).receipts
        with pytest.raises(NotFound):
            theirs.get(expense_id, receipt_id)
        with pytest.raises(NotFound):
            theirs.delete(expense_id, receipt_id, here.objects)
    with pytest.raises(NotFound):
        bob.receipts.ask(mine.expense_id, promise(), REQUEST)
    with pytest.raises(NotFound):
        bob.receipts.of_expense(mine.expense_id)
    assert here.find(mine) == mine


def test_deleting_an_expense_hides_its_receipts_and_restoring_brings_them_back(here: Place) -> None:
    mine = here.ready(here.expense())
    expenses = here.table.expenses()
    expenses.delete(mine.expense_id, frozenset({expenses.get(mine.expense_id).version}))
    with pytest.raises(NotFound):
        here.receipts.get(mine.expense_id, mine.id)
    with pytest.raises(NotFound):
        here.receipts.of_expense(mine.expense_id)
    with pytest.raises(NotFound):
        here.ask(mine.expense_id)
    restored = expenses.restore(mine.expense_id)
    assert (restored.receipt_count, here.receipts.of_expense(mine.expense_id)) == (1, [mine])


def test_an_expense_counts_its_ready_receipts_and_each_change_is_a_version(here: Place) -> None:
    expense_id = here.expense()
    expenses = here.table.expenses()
    here.ask(expense_id)
    assert (expenses.get(expense_id).version, here.count(expense_id)) == (1, 0)
    mine = here.ready(expense_id)
    assert (expenses.get(expense_id).version, here.count(expense_id)) == (2, 1)
    here.receipts.delete(expense_id, mine.id, here.objects)
    assert (expenses.get(expense_id).version, here.count(expense_id)) == (3, 0)


def test_removing_a_receipt_leaves_nothing_of_it(here: Place) -> None:
    expense_id = here.expense()
    kept = set(here.table.items())
    mine = here.ready(expense_id)
    here.upload(mine)  # a second upload by the same form, whose event has not come
    here.receipts.delete(expense_id, mine.id, here.objects)
    assert here.versions() == []
    assert {sk for sk in set(here.table.items()) - kept if not sk.startswith("UPLOADS#")} == {keys.receipts(expense_id)}
    with pytest.raises(NotFound):
        here.receipts.delete(expense_id, mine.id, here.objects)


def test_a_file_that_two_receipts_share_goes_with_the_last(here: Place) -> None:
    first, second = here.ready(here.expense()), here.ready(here.expense())
    assert second.duplicate_of == first.id
    stored = here.versions()
    assert len(stored) == 2
    here.receipts.delete(first.expense_id, first.id, here.objects)
    assert here.versions() == stored
    assert here.receipts.get(second.expense_id, second.id).duplicate_of is None
    here.receipts.delete(second.expense_id, second.id, here.objects)
    assert here.versions() == []


@pytest.mark.parametrize("lost", [False, True])
def test_a_removal_that_dies_anywhere_is_finished_by_a_retry(here: Place, *, lost: bool) -> None:
    for at in range(1, 40):
        mine = here.ready(here.expense())
        here.faults.arm(at, lost=lost)
        try:
            here.receipts.delete(mine.expense_id, mine.id, here.objects)
        except EndpointConnectionError:
            here.faults.disarm()
            try:
                here.receipts.delete(mine.expense_id, mine.id, here.objects)
            except NotFound:
                assert lost  # it had been done; only the answer was lost
        else:
            here.faults.disarm()
            assert at > 8
            return
        assert here.versions() == []
        assert here.receipts.find(mine.expense_id, mine.id) is None
        assert here.count(mine.expense_id) == 0
    pytest.fail("a removal has no end of calls")


def test_what_is_being_inspected_can_be_removed_and_the_inspection_cleans_up_after_itself(here: Place) -> None:
    record = here.ask(here.expense())
    version = here.upload(record)

    class Late:
        """Storing, in the middle of which the owner removes the receipt."""

        def __init__(self, objects: Any) -> None:
            self.objects = objects

        def __getattr__(self, name: str) -> Any:
            return getattr(self.objects, name)

        def put_once(self, *arguments: Any) -> None:
            if here.find(record).status == "processing":
                here.receipts.delete(record.expense_id, record.id, here.objects)
            self.objects.put_once(*arguments)

    assert here.process(record, version, objects=Late(here.objects)) == "ended"
    assert here.versions() == []
    assert here.find(record).is_gone
    with pytest.raises(NotFound):
        here.receipts.get(record.expense_id, record.id)
    assert here.count(record.expense_id) == 0
    assert here.process(record, version) == "ended"


def test_what_each_step_of_a_receipt_costs_does_not_grow_with_the_account(here: Place) -> None:
    """The calls of DynamoDB and S3; docs/data.md has their capacity."""
    expense_id, calls = here.expense(), here.faults.calls

    def made() -> list[str]:
        taken = list(calls)
        calls.clear()
        return taken

    calls.clear()
    record = here.ask(expense_id)
    assert made() == ["GetItem", "Query", "TransactWriteItems"]
    version = here.upload(record)
    calls.clear()
    here.process(record, version)
    begun = ["GetItem", "ListObjectVersions", "TransactWriteItems", "GetObject"]
    stored = ["GetItem", "TransactWriteItems", "PutObject", "PutObject", "TransactWriteItems"]
    assert made() == [*begun, *stored, "ListObjectVersions", "DeleteObject"]
    here.receipts.get(expense_id, record.id)
    assert made() == ["GetItem", "GetItem"]
    here.receipts.of_expense(expense_id)
    assert made() == ["GetItem", "Query"]
    here.receipts.delete(expense_id, record.id, here.objects)
    hidden = ["GetItem", "GetItem", "GetItem", "TransactWriteItems"]
    erased = ["ListObjectVersions", "DeleteObject"]
    assert made() == [*hidden, "GetItem", "ListObjectVersions", "GetItem", *erased, *erased, "DeleteItem"]
