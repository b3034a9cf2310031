"""``stack verify``: finds what receipts, objects and numbers do not agree on, and takes nothing on its way for that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import boto3
import pytest

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.receipt_audit import Audit, audit_receipts
from seed.verify import verify
from tests.unit.front_door import BUCKET
from tests.unit.receipts import Place, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.store.receipt_items import Record


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture
def mine(here: Place) -> Record:
    """A ready receipt; beside it one of each other state, which are fine."""
    expense_id = here.expense()
    record = here.ready(expense_id)
    here.ask(expense_id)
    here.upload(here.ask(expense_id))
    rejected = here.ask(expense_id)
    here.process(rejected, here.upload(rejected, b"x"))
    shared = here.ready(here.expense())
    assert shared.duplicate_of == record.id
    return record


def found(here: Place) -> Audit:
    return audit_receipts(here.table.client, here.table.name, here.s3, BUCKET)


def told(here: Place) -> set[str]:
    assert {flaw.sub for flaw in found(here).flaws} <= {here.sub}
    return {flaw.what for flaw in found(here).flaws}


def change(here: Place, sk: str, expression: str, **values: dict[str, str]) -> None:
    here.table.client.update_item(
        TableName=here.table.name,
        Key={PARTITION_KEY: {"S": keys.partition(here.sub)}, SORT_KEY: {"S": sk}},
        UpdateExpression=expression,
        **({"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}),  # type: ignore[arg-type]
    )


def remove(here: Place, sk: str) -> None:
    here.table.client.delete_item(
        TableName=here.table.name, Key={PARTITION_KEY: {"S": keys.partition(here.sub)}, SORT_KEY: {"S": sk}}
    )


def test_all_is_well_whatever_the_state_of_receipts(here: Place, mine: Record) -> None:
    assert found(here) == Audit()
    assert mine.status == "ready"


@pytest.mark.parametrize(
    "key",
    [
        "users/0a1b2c3d-ann/01JD8Z3N5T9Q4V7XK2M6R0BHWC/01JD8Z3N5T9Q4V7XK2M6R0BHWC",
        "users/0a1b2c3d-ann/odd",
        "receipts/0a1b2c3d-ann/" + "ab" * 32 + "/01JD8Z3N5T9Q4V7XK2M6R0BHWC",
        "thumbnails/0a1b2c3d-ann/odd",
    ],
)
def test_an_object_without_a_record_is_found_even_if_it_is_hidden_by_a_mark(
    here: Place, mine: Record, key: str
) -> None:
    here.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    here.s3.delete_object(Bucket=BUCKET, Key=key)
    assert told(here) == {"an object without a record"}


@pytest.mark.parametrize("which", [0, 1])
def test_a_record_without_its_object_is_found(here: Place, mine: Record, which: int) -> None:
    file = mine.file(here.sub)
    assert file
    here.objects.erase(file.objects[which])
    assert told(here) == {"a record without its object"}


def test_a_record_that_is_missing_is_found_by_what_it_leaves(here: Place, mine: Record) -> None:
    remove(here, keys.receipt(mine.expense_id, mine.id))
    assert told(here) == {"a wrong number of receipts", "a file that names a receipt which is not there"}
    remove(here, keys.stored_file(mine.sha256))
    assert "an object without a record" in told(here)


def test_a_wrong_count_is_found(here: Place, mine: Record) -> None:
    change(here, keys.expense(mine.expense_id), "ADD receipt_count :one", one={"N": "1"})
    assert [str(flaw) for flaw in found(here).flaws] == [
        f"user {here.sub}: a wrong number of receipts: expense {mine.expense_id} says 2, there are 1"
    ]


def test_a_receipt_that_its_file_does_not_know_is_found(here: Place, mine: Record) -> None:
    change(here, keys.stored_file(mine.sha256), "DELETE receipts :id", id={"SS": [mine.id]})  # type: ignore[dict-item]
    assert told(here) == {"a receipt that its file does not know"}


def test_a_removal_that_did_not_end_is_found_and_a_retry_ends_it(here: Place, mine: Record) -> None:
    here.faults.arm(8, lost=False)
    with pytest.raises(Exception, match="before"):
        here.receipts.delete(mine.expense_id, mine.id, here.objects)
    here.faults.disarm()
    assert "a removal that did not end; DELETE it again" in told(here)
    here.receipts.delete(mine.expense_id, mine.id, here.objects)
    assert found(here) == Audit()


def test_what_has_ended_by_itself_is_counted_and_is_no_flaw(
    here: Place, mine: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: later)
    audit = found(here)
    assert audit.expired == 2
    assert {flaw.what for flaw in audit.flaws} == {"an object without a record"}  # the upload whose event never came


def test_the_command_looks_twice_and_tells_what_stays_wrong(
    here: Place, mine: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
    outputs = {"region": "eu-central-1", "table_name": here.table.name, "receipts_bucket": BUCKET}
    said: list[str] = []
    monkeypatch.setattr("seed.verify.time.sleep", lambda _: here.objects.erase("receipts/passing"))
    here.s3.put_object(Bucket=BUCKET, Key="receipts/passing", Body=b"x")
    assert verify(session, None, outputs, said.append) == ()
    assert any("every object its receipt" in each for each in said)
    here.s3.put_object(Bucket=BUCKET, Key="receipts/staying", Body=b"x")
    assert [str(each) for each in verify(session, None, outputs, said.append)] == [
        "user staying: an object without a record: receipts/staying"
    ]


def test_the_command_counts_dead_letters(here: Place) -> None:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x")
    sqs = session.client("sqs", region_name="eu-central-1")
    url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    outputs = {"region": "eu-central-1", "table_name": here.table.name, "dead_letters_url": url}
    assert verify(session, None, outputs, lambda _: None) == ()
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    assert verify(session, None, outputs, lambda _: None) == (f"queue {url}: 1 dead letters",)
