"""What the function that S3 calls does with an upload, however often, late, broken or interrupted."""

from __future__ import annotations

import importlib
import io
import itertools
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers.contract.names import UPLOADS
from handlers.inspection.verdict import Facts, Unacceptable
from handlers.runtime.measures import COUNTED
from handlers.store import keys
from tests.unit.front_door import BUCKET
from tests.unit.receipts import PHOTO, Place, place, processor_class

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = b"other bytes than promised"


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def refuse(*_: object) -> Facts:
    raise Unacceptable("undecodable")


def test_a_good_upload_is_ready_with_all_that_was_found_and_moves_out_of_quarantine(here: Place) -> None:
    record = here.ask(here.expense())
    assert here.process(record, here.upload(record)) == "ready"
    found = here.find(record)
    assert (found.status, found.width, found.height, found.taken_at) == ("ready", 4, 3, "2026-03-14T10:00:00")
    assert found.thumbnail
    assert found.expires_at is None
    file = found.file(here.sub)
    assert file
    assert tuple(here.versions()) == file.objects
    assert here.s3.get_object(Bucket=BUCKET, Key=file.objects[0])["Body"].read() == PHOTO


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "wrong_size"), (PHOTO + b"!", "wrong_size"), (PHOTO[:-1], "wrong_size"), (PHOTO[::-1], "wrong_hash")],
)
def test_bytes_that_were_not_promised_are_rejected_unseen(here: Place, data: bytes, reason: str) -> None:
    record = here.ask(here.expense())

    def never(*_: object) -> Facts:
        raise AssertionError("these bytes must not be decoded")

    assert here.process(record, here.upload(record, data), inspect=never) == "rejected"
    assert (here.find(record).status, here.find(record).reason) == ("rejected", reason)
    assert here.versions() == []


def test_what_an_inspection_refuses_is_rejected_and_nothing_of_it_stays(here: Place) -> None:
    record = here.ask(here.expense())
    assert here.process(record, here.upload(record), inspect=refuse) == "rejected"
    assert here.find(record).reason == "undecodable"
    assert here.versions() == []
    assert keys.stored_file(record.sha256) not in here.table.items()
    assert here.count(record.expense_id) == 0


def test_a_second_upload_by_the_same_form_replaces_nothing(here: Place) -> None:
    record = here.ask(here.expense())
    here.process(record, here.upload(record))
    kept, stored = here.find(record), here.versions()
    assert here.process(record, here.upload(record, OTHER)) == "ended"
    assert (here.find(record), here.versions()) == (kept, stored)


def test_of_two_uploads_before_an_event_the_good_one_counts_in_either_order(here: Place) -> None:
    for first_bad in (True, False):
        record = here.ask(here.expense())
        bad, good = here.upload(record, OTHER), here.upload(record)
        if first_bad:
            assert here.process(record, bad) == "rejected"
            assert here.process(record, good) == "ended"
        else:
            assert here.process(record, good) == "ready"
            assert here.process(record, bad) == "ended"
        assert not [key for key in here.versions() if key.startswith(UPLOADS)]


def test_bad_bytes_that_come_while_good_ones_are_stored_do_not_undo_it(here: Place) -> None:
    record = here.ask(here.expense())
    good, bad = here.upload(record), here.upload(record, OTHER)

    class Slow:
        """Storing, in the middle of which the other event is dealt with."""

        def __init__(self) -> None:
            self.objects, self.outcomes = here.objects, []  # type: ignore[var-annotated]

        def __getattr__(self, name: str) -> Any:
            return getattr(self.objects, name)

        def put_once(self, *arguments: Any) -> None:
            self.outcomes.append(here.process(record, bad))
            self.objects.put_once(*arguments)

    slow = Slow()
    assert here.process(record, good, objects=slow) == "ready"
    assert set(slow.outcomes) == {"absent"}
    assert here.find(record).status == "ready"
    assert len(here.versions()) == 2


def test_an_event_that_comes_again_changes_nothing(here: Place) -> None:
    record = here.ask(here.expense())
    version = here.upload(record)
    here.process(record, version)
    before = here.table.items(), here.versions()
    for again in (version, "a-version-never-seen", None):
        assert here.process(record, again) == "ended"
    assert (here.table.items(), here.versions()) == before


def test_two_events_at_once_make_one_file_and_count_once(here: Place) -> None:
    record = here.ask(here.expense())
    version = here.upload(record)
    found = Facts(width=1, height=1)

    def meanwhile(*_: object) -> Facts:
        assert here.process(record, version) == "ready"
        return found

    assert here.process(record, version, inspect=meanwhile) == "ended"
    assert here.count(record.expense_id) == 1
    assert len(here.versions()) == 2


def test_the_same_bytes_are_stored_once_and_the_later_receipts_name_the_first(here: Place) -> None:
    expense_id = here.expense()
    first = here.ready(expense_id)
    later = [here.ready(expense_id) for _ in range(3)]
    assert [each.duplicate_of for each in (first, *later)] == [None, first.id, first.id, first.id]
    assert len(here.versions()) == 2
    assert here.count(expense_id) == 4


def test_a_rival_with_the_same_bytes_between_looking_and_writing_is_noticed(here: Place) -> None:
    expense_id = here.expense()
    one, two = here.ask(expense_id), here.ask(expense_id)
    versions = {each.id: here.upload(each) for each in (one, two)}

    def rival(*_: object) -> Facts:
        assert here.process(two, versions[two.id]) == "ready"
        return Facts()

    assert here.process(one, versions[one.id], inspect=rival) == "ready"
    assert here.find(one).duplicate_of == two.id
    assert len(here.versions()) == 2


@pytest.mark.parametrize("key", ["users/someone/else", "users/x/y/z", "users/", "users/a/01JD8Z3N5T9Q4V7XK2M6R0BHWC"])
def test_an_upload_that_no_form_of_ours_made_is_removed(here: Place, key: str) -> None:
    version = here.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")["VersionId"]
    assert here.processor().process(key, version) == "unknown"
    assert here.versions() == []


def test_an_upload_without_a_receipt_is_removed_and_its_neighbours_are_not(here: Place) -> None:
    record = here.ask(here.expense())
    here.upload(record)
    nobodys = here.key(record)[:-1] + ("1" if record.id.endswith("0") else "0")
    for key in (nobodys, here.key(record) + "0"):
        here.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        assert here.processor().process(key, None) == "unknown"
    assert here.versions() == [here.key(record)]


def test_a_receipt_of_an_expense_that_is_deleted_meanwhile_is_there_when_it_is_restored(here: Place) -> None:
    record, expenses = here.ask(here.expense()), here.table.expenses()
    version = here.upload(record)
    expenses.delete(record.expense_id, frozenset({1}))
    assert here.process(record, version) == "ready"
    assert expenses.restore(record.expense_id).receipt_count == 1
    assert here.receipts.get(record.expense_id, record.id).status == "ready"


@pytest.mark.parametrize(
    ("lost", "bad", "shared"),
    [
        pytest.param(*each, marks=() if sum(each) % 2 else pytest.mark.deep)
        for each in itertools.product([False, True], repeat=3)
    ],
)
def test_an_inspection_that_dies_at_any_call_is_finished_by_the_next_event(
    here: Place, *, lost: bool, bad: bool, shared: bool
) -> None:
    """Before each call of DynamoDB and S3, and after it with its answer lost."""
    parts: dict[str, Any] = {"inspect": refuse} if bad else {}
    for at in itertools.count(1):
        data = f"the bytes of photo {at}".encode()
        expense_id = here.expense()
        others = [here.ready(expense_id, data)] if shared else []
        record = here.ask(expense_id, data)
        version = here.upload(record, data)
        here.faults.arm(at, lost=lost)
        try:
            here.process(record, version, **parts)
        except EndpointConnectionError:
            here.faults.disarm()
            here.process(record, version, **parts)
        else:
            here.faults.disarm()
            assert at > (7 if bad else 10)
            return
        found = here.find(record)
        assert found.status == ("rejected" if bad else "ready")
        assert here.count(expense_id) == len(others) + (not bad)
        assert found.duplicate_of == (others[0].id if others and not bad else None)
        for each in (*others, found):
            here.receipts.delete(expense_id, each.id, here.objects)
        assert here.versions() == []
        assert keys.stored_file(record.sha256) not in here.table.items()


def test_the_function_reads_the_events_of_s3_and_raises_only_what_a_retry_may_mend(
    here: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(processor_class().__module__)
    logged = io.StringIO()
    for each in logging.getLogger("processor").handlers:
        monkeypatch.setattr(each, "stream", logged)  # Powertools keeps the output there was when it was imported
    record = here.ask(here.expense())
    version = here.upload(record)
    monkeypatch.setattr(module, "dynamodb", lambda: here.table.client)
    monkeypatch.setattr(module, "s3", lambda: here.s3)
    monkeypatch.setattr(module, "SETTINGS", module.ProcessorSettings(table_name=here.table.name, bucket_name=BUCKET))
    event = {"Records": [{"s3": {"object": {"key": here.key(record).replace("/", "%2F"), "versionId": version}}}]}
    COUNTED.clear()  # of tests that asked the processor without its function
    here.faults.arm(1, lost=False)
    with pytest.raises(RuntimeError, match="1 of 1 records failed"):
        module.handler(event, None)
    here.faults.disarm()
    assert module.handler(event, None) == {"outcomes": ["rejected"], "batchItemFailures": []}
    assert here.find(record).reason == "type_mismatch"
    assert module.handler({}, None) == {"outcomes": [], "batchItemFailures": []}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert '"outcome":"rejected"' in logged.getvalue()
    assert here.sub not in logged.getvalue()
    assert record.id not in logged.getvalue()
    assert {each["outcome"] for each in metrics if "outcome" in each} == {"failed", "rejected"}
    assert [each["reason"] for each in metrics if "reason" in each] == ["type_mismatch"]
    assert sum(sum(each.get("ReceiptsRejected", [])) for each in metrics if "reason" not in each) == 1
    assert sum(sum(each.get("LogErrors", [])) for each in metrics) == 1
