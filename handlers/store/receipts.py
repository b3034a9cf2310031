"""The receipts of one user, as their owner sees them: asked for, listed, read, removed.

A receipt is seen only with its expense: deleting the expense hides it, and restoring brings it back, without a write.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.contract.names import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from handlers.contract.receipt import MAX_RECEIPTS, MAX_UPLOADS
from handlers.domain.moment import now
from handlers.domain.ulid import new_ulid
from handlers.store import keys
from handlers.store.attributes import encode
from handlers.store.errors import Busy, NotFound, TooManyReceipts, TooManyUploads
from handlers.store.items import is_deleted
from handlers.store.reading import between, one
from handlers.store.receipt_items import (
    PENDING_LIFE,
    PROCESSING_LIFE,
    Record,
    StoredFile,
    read_receipt,
    read_stored_file,
    receipt_item,
)
from handlers.store.transaction import ATTEMPTS, Step, busy_when_throttled, pause, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.contract.receipt import ReceiptIn
    from handlers.store.objects import Objects

DAY = 24 * 3600


class _Changed(Exception):  # noqa: N818 (a signal, not a failure)
    """It is no longer as it was read."""


class Receipts:
    """The receipts of ``sub``, who is nobody else's partition."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str) -> None:
        self.client, self.table, self.sub = client, table, sub

    def ask(self, expense_id: str, new: ReceiptIn) -> Record:
        """Make a pending receipt.

        Raises:
            NotFound: there is no such expense, or it is deleted.
            TooManyReceipts, TooManyUploads, Busy
        """
        for attempt in range(ATTEMPTS):
            seen = one(self.client, self.table, self.sub, keys.receipts(expense_id))  # before the receipts are counted
            if sum(each.holds_a_place for each in self._all(expense_id)) >= MAX_RECEIPTS:
                self.check_expense(expense_id)
                raise TooManyReceipts
            made = Record(
                id=new_ulid(),
                expense_id=expense_id,
                status="pending",
                **new.model_dump(),
                created_at=now(),
                expires_at=int(time.time()) + PENDING_LIFE,
            )
            put = {"TableName": self.table, "Item": receipt_item(self.sub, made)}
            try:
                transact(
                    self.client,
                    [
                        self._expense_exists(expense_id),
                        self._still_counted(expense_id, seen["asks"] if seen else None),
                        self._counted_today(),
                        Step({"Put": put}, AssertionError),
                    ],
                )
            except _Changed:
                pause(attempt)
            else:
                return made
        raise Busy

    def of_expense(self, expense_id: str) -> list[Record]:
        """The receipts of an expense, the oldest first.

        Raises:
            NotFound: there is no such expense, or it is deleted.
            Busy
        """
        self.check_expense(expense_id)
        found = [each for each in self._all(expense_id) if not each.is_gone]
        files = {sha256: self.stored(sha256) for sha256 in {each.sha256 for each in found if each.duplicate_of}}
        return [_checked(each, files.get(each.sha256)) for each in found]

    def get(self, expense_id: str, receipt_id: str) -> Record:
        """One receipt.

        Raises:
            NotFound, Busy
        """
        self.check_expense(expense_id)
        found = self.find(expense_id, receipt_id)
        if found is None or found.is_gone:
            raise NotFound
        return _checked(found, self.stored(found.sha256) if found.duplicate_of else None)

    def delete(self, expense_id: str, receipt_id: str, objects: Objects) -> None:
        """Remove a receipt: first hide it, then erase its objects, and its record last, so that a retry finishes.

        Raises:
            NotFound, Busy
            ClientError: S3 refused; what is left, the next try removes.
        """
        self.check_expense(expense_id)
        for attempt in range(ATTEMPTS):
            found = self.find(expense_id, receipt_id)
            if found is None or found.has_expired:
                raise NotFound
            if found.status == "deleting":
                self._erase(found, objects)
                return
            try:
                transact(self.client, self._hidden(found))
            except _Changed:
                pause(attempt)
        raise Busy

    def find(self, expense_id: str, receipt_id: str) -> Record | None:
        """A receipt whatever its state, or its expense's."""
        item = one(self.client, self.table, self.sub, keys.receipt(expense_id, receipt_id))
        return read_receipt(item) if item else None

    def stored(self, sha256: str) -> StoredFile | None:
        """The inspected file with this hash."""
        item = one(self.client, self.table, self.sub, keys.stored_file(sha256))
        return read_stored_file(item) if item else None

    def erase_unless_shared(self, record: Record, objects: Objects) -> None:
        """Erase the file that a receipt brought or shared, unless others are known to share it.

        A file that nobody is known to share is never shared again: who stores the same bytes anew stores them
        under another key. So this may come late, and more than once.
        """
        if (file := record.file(self.sub)) is None:
            return
        stored = self.stored(record.sha256)
        if stored is None or stored.stored_as != record.stored_as:
            objects.erase(*file.objects)

    def _erase(self, found: Record, objects: Objects) -> None:
        objects.erase(keys.upload_object(keys.UploadKey(self.sub, found.expense_id, found.id)))
        self.erase_unless_shared(found, objects)
        at = {"TableName": self.table, "Key": self._key(keys.receipt(found.expense_id, found.id))}
        with busy_when_throttled():
            if found.in_flight:  # its inspection may yet write; it finds this, and cleans up after itself
                self.client.update_item(
                    **at,
                    UpdateExpression="SET #expires = :then",
                    ExpressionAttributeNames={"#expires": EXPIRES_AT},
                    ExpressionAttributeValues=encode({":then": int(time.time()) + PROCESSING_LIFE}),
                )
            else:
                self.client.delete_item(**at)

    def _all(self, expense_id: str) -> list[Record]:
        bounds = keys.all_of(keys.receipt(expense_id, ""))
        return [read_receipt(item) for item in between(self.client, self.table, self.sub, *bounds)]

    def check_expense(self, expense_id: str) -> None:
        """Look whether there is such an expense.

        Raises:
            NotFound: there is none, or it is deleted.
            Busy
        """
        item = one(self.client, self.table, self.sub, keys.expense(expense_id))
        if item is None or is_deleted(item):
            raise NotFound

    def _expense_exists(self, expense_id: str) -> Step:
        check = {
            "TableName": self.table,
            "Key": self._key(keys.expense(expense_id)),
            "ConditionExpression": "attribute_exists(#pk) AND attribute_not_exists(#deleted)",
            "ExpressionAttributeNames": {"#pk": PARTITION_KEY, "#deleted": "deleted_at"},
        }
        return Step({"ConditionCheck": check}, NotFound)

    def _still_counted(self, expense_id: str, asks: Any) -> Step:
        """That nobody has asked since the receipts were counted."""
        update: dict[str, Any] = {
            "TableName": self.table,
            "Key": self._key(keys.receipts(expense_id)),
            "UpdateExpression": "ADD #asks :one",
            "ConditionExpression": "#asks = :seen" if asks else "attribute_not_exists(#asks)",
            "ExpressionAttributeNames": {"#asks": "asks"},
            "ExpressionAttributeValues": {**encode({":one": 1}), **({":seen": asks} if asks else {})},
        }
        return Step({"Update": update}, _Changed)

    def _counted_today(self) -> Step:
        moment = int(time.time())
        today = dt.datetime.fromtimestamp(moment, dt.UTC).date()
        tomorrow = DAY - moment % DAY
        update = {
            "TableName": self.table,
            "Key": self._key(keys.uploads(today)),
            "UpdateExpression": "SET #expires = :then ADD #count :one",
            "ConditionExpression": "attribute_not_exists(#count) OR #count < :most",
            "ExpressionAttributeNames": {"#count": "count", "#expires": EXPIRES_AT},
            "ExpressionAttributeValues": encode({":one": 1, ":most": MAX_UPLOADS, ":then": moment + 2 * DAY}),
        }
        return Step({"Update": update}, lambda: TooManyUploads(tomorrow))

    def _hidden(self, found: Record) -> list[Step]:
        """Hide a receipt from everybody, and take it off its file's list and its expense's count."""
        same = "#stored = :stored" if found.stored_as else "attribute_not_exists(#stored)"
        values = {
            ":deleting": "deleting",
            ":seen": found.status,
            ":stored": found.stored_as,
            ":flight": int(found.status == "processing"),
        }
        update = {
            "TableName": self.table,
            "Key": self._key(keys.receipt(found.expense_id, found.id)),
            "UpdateExpression": "SET #status = :deleting, #flight = :flight REMOVE #expires",
            "ConditionExpression": f"#status = :seen AND {same}",
            "ExpressionAttributeNames": {
                "#status": "status",
                "#stored": "stored_as",
                "#expires": EXPIRES_AT,
                "#flight": "in_flight",
            },
            "ExpressionAttributeValues": encode(values),
        }
        steps = [Step({"Update": update}, _Changed)]
        if found.stored_as:
            steps.append(self._no_longer_shared(found))
        if found.status == "ready":
            steps.append(counted(self.table, self.sub, found.expense_id, -1))
        return steps

    def _no_longer_shared(self, found: Record) -> Step:
        """Off the file's list; the last one takes the list with it."""
        at = {"TableName": self.table, "Key": self._key(keys.stored_file(found.sha256))}
        names = {"#receipts": "receipts"}
        alone = encode({":alone": {found.id}})
        stored = self.stored(found.sha256)
        if stored is None or found.id not in stored.receipts:
            raise _Changed
        if stored.receipts == {found.id}:
            last = {"ConditionExpression": "#receipts = :alone", "ExpressionAttributeNames": names}
            return Step({"Delete": {**at, **last, "ExpressionAttributeValues": alone}}, _Changed)
        update = {
            **at,
            "UpdateExpression": "DELETE #receipts :alone",
            "ConditionExpression": "contains(#receipts, :id) AND #receipts <> :alone",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {**alone, **encode({":id": found.id})},
        }
        return Step({"Update": update}, _Changed)

    def _key(self, sk: str) -> Any:
        return encode({PARTITION_KEY: keys.partition(self.sub), SORT_KEY: sk})


def _checked(found: Record, file: StoredFile | None) -> Record:
    """Without ``duplicate_of`` where that receipt has been removed since."""
    known = found.duplicate_of is None or (file is not None and found.duplicate_of in file.receipts)
    return found if known else replace(found, duplicate_of=None)


def counted(table: str, sub: str, expense_id: str, number: int) -> Step:
    """Count a receipt of an expense in, or with -1 out: a change of the expense like any other."""
    update = {
        "TableName": table,
        "Key": encode({PARTITION_KEY: keys.partition(sub), SORT_KEY: keys.expense(expense_id)}),
        "UpdateExpression": "SET #updated = :now ADD #count :number, #version :one",
        "ConditionExpression": "attribute_exists(#version)",
        "ExpressionAttributeNames": {"#updated": "updated_at", "#count": "receipt_count", "#version": "version"},
        "ExpressionAttributeValues": encode({":now": now(), ":number": number, ":one": 1}),
    }
    return Step({"Update": update}, NotFound)
