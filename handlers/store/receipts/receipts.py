"""The receipts of one user: asked for, listed, read and removed by their owner.

A receipt is visible only with its expense: a deleted expense hides it and a restored one shows it, without a write.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.contract.names import EXPIRES_AT
from handlers.contract.receipt import MAX_RECEIPTS, MAX_UPLOADS
from handlers.domain.moment import now
from handlers.domain.receipt_status import PENDING_LIFE, PROCESSING_LIFE, removal
from handlers.domain.ulid import new_ulid
from handlers.store import keys
from handlers.store.errors import Busy, Conflict, NotFound, TooManyReceipts, TooManyUploads
from handlers.store.expenses.items import is_deleted
from handlers.store.receipts.items import StoredFile, StoredReceipt, read_receipt, read_stored_file, receipt_item
from handlers.store.receipts.transitions import change_status, count_receipt
from handlers.store.table.attributes import decode
from handlers.store.table.partition import Partition
from handlers.store.table.transaction import ATTEMPTS, Step, pause

if TYPE_CHECKING:
    from handlers.contract.receipt import ReceiptIn
    from handlers.store.receipts.objects import Objects

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts in one partition."""

    partition: Partition

    def ask(self, expense_id: str, new: ReceiptIn, request_id: str) -> StoredReceipt:
        """Create a pending receipt, for the request of this id.

        Raises:
            NotFound: there is no such expense, or it is deleted.
            TooManyReceipts, TooManyUploads, Busy
        """
        for attempt in range(ATTEMPTS):
            asks = self._asks(expense_id)  # before the receipts are counted
            if sum(each.holds_a_place for each in self._all(expense_id)) >= MAX_RECEIPTS:
                self.check_expense(expense_id)
                raise TooManyReceipts
            made = StoredReceipt(
                id=new_ulid(),
                expense_id=expense_id,
                status="pending",
                **new.model_dump(),
                created_at=now(),
                expires_at=int(time.time()) + PENDING_LIFE,
                request_id=request_id,
            )
            steps = [
                self._expense_exists(expense_id),
                self._count_ask(expense_id, asks),
                self._count_upload(),
                self.partition.put(receipt_item(self.partition.sub, made)),
            ]
            try:
                self.partition.transact(steps)
            except Conflict:
                pause(attempt)
            else:
                return made
        raise Busy

    def of_expense(self, expense_id: str) -> list[StoredReceipt]:
        """The receipts of an expense, the oldest first.

        Raises:
            NotFound: there is no such expense, or it is deleted.
            Busy
        """
        self.check_expense(expense_id)
        found = [each for each in self._all(expense_id) if not each.is_gone]
        files = {sha256: self.stored(sha256) for sha256 in {each.sha256 for each in found if each.duplicate_of}}
        return [_without_removed_original(each, files.get(each.sha256)) for each in found]

    def get(self, expense_id: str, receipt_id: str) -> StoredReceipt:
        """One receipt.

        Raises:
            NotFound, Busy
        """
        self.check_expense(expense_id)
        found = self.find(expense_id, receipt_id)
        if found is None or found.is_gone:
            raise NotFound
        return _without_removed_original(found, self.stored(found.sha256) if found.duplicate_of else None)

    def delete(self, expense_id: str, receipt_id: str, objects: Objects) -> None:
        """Remove a receipt: hide it, erase its objects, delete its item. The item is last, so that a retry finishes.

        Raises:
            NotFound, Busy
            ClientError: S3 refused; the next try removes the rest.
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
                self.partition.transact(self._hide(found))
            except Conflict:
                pause(attempt)
        raise Busy

    def find(self, expense_id: str, receipt_id: str) -> StoredReceipt | None:
        """A receipt in any status, also one of a deleted expense."""
        item = self.partition.item(keys.receipt(expense_id, receipt_id))
        return read_receipt(item) if item else None

    def stored(self, sha256: str) -> StoredFile | None:
        """The inspected file with this hash."""
        item = self.partition.item(keys.stored_file(sha256))
        return read_stored_file(item) if item else None

    def erase_unless_shared(self, receipt: StoredReceipt, objects: Objects) -> None:
        """Erase the file of a receipt, unless other receipts share it.

        No later receipt can come to share a file without receipts: the same bytes are then stored under another
        key. So this may run late, and more than once.
        """
        if (file := receipt.file(self.partition.sub)) is None:
            return
        stored = self.stored(receipt.sha256)
        if stored is None or stored.stored_as != receipt.stored_as:
            objects.erase(*file.objects)

    def check_expense(self, expense_id: str) -> None:
        """Check that the expense exists.

        Raises:
            NotFound: there is none, or it is deleted.
            Busy
        """
        item = self.partition.item(keys.expense(expense_id))
        if item is None or is_deleted(item):
            raise NotFound

    def _erase(self, found: StoredReceipt, objects: Objects) -> None:
        objects.erase(keys.upload_object(keys.UploadKey(self.partition.sub, found.expense_id, found.id)))
        self.erase_unless_shared(found, objects)
        key = keys.receipt(found.expense_id, found.id)
        if found.in_flight:  # its inspection may still store a file; it finds this item, and erases the file again
            expires_at = int(time.time()) + PROCESSING_LIFE
            self.partition.write(self.partition.update(key, f"SET #{EXPIRES_AT} = :then", then=expires_at))
        else:
            self.partition.write(self.partition.delete(key))

    def _all(self, expense_id: str) -> list[StoredReceipt]:
        return [read_receipt(item) for item in self.partition.between(*keys.all_of(keys.receipt(expense_id, "")))]

    def _asks(self, expense_id: str) -> int | None:
        """The number of uploads asked for, for this expense; None before the first."""
        item = self.partition.item(keys.receipts(expense_id))
        return decode(item)["asks"] if item else None

    def _expense_exists(self, expense_id: str) -> Step:
        condition = "attribute_exists(#version) AND attribute_not_exists(#deleted_at)"
        return self.partition.check(keys.expense(expense_id), condition, NotFound)

    def _count_ask(self, expense_id: str, asks: int | None) -> Step:
        """Count this one, if no other was counted since the receipts were counted."""
        key, add = keys.receipts(expense_id), "ADD #asks :one"
        if asks is None:
            return self.partition.update(key, add, "attribute_not_exists(#asks)", one=1)
        return self.partition.update(key, add, "#asks = :asks", one=1, asks=asks)

    def _count_upload(self) -> Step:
        """Count this one among the user's uploads of the day."""
        moment = int(time.time())
        today = dt.datetime.fromtimestamp(moment, dt.UTC).date()
        return self.partition.update(
            keys.uploads(today),
            f"SET #{EXPIRES_AT} = :then ADD #count :one",
            "attribute_not_exists(#count) OR #count < :most",
            lambda: TooManyUploads(DAY - moment % DAY),
            then=moment + 2 * DAY,
            one=1,
            most=MAX_UPLOADS,
        )

    def _hide(self, found: StoredReceipt) -> list[Step]:
        """Hide a receipt from its owner, and take it off its file's list and its expense's count."""
        in_flight = int(found.status == "processing")
        steps = [change_status(self.partition, found, removal(found.status), Conflict, in_flight=in_flight)]
        if found.stored_as:
            steps.append(self._unlist(found))
        if found.status == "ready":
            steps.append(count_receipt(self.partition, found.expense_id, -1))
        return steps

    def _unlist(self, found: StoredReceipt) -> Step:
        """Take a receipt off its file's list; the last one takes the list with it.

        Raises:
            Conflict: it is not on the list.
        """
        key, own = keys.stored_file(found.sha256), {found.id}
        stored = self.stored(found.sha256)
        if stored is None or found.id not in stored.receipts:
            raise Conflict
        if stored.receipts == own:
            return self.partition.delete(key, "#receipts = :own", own=own)
        listed = "contains(#receipts, :id) AND #receipts <> :own"
        return self.partition.update(key, "DELETE #receipts :own", listed, own=own, id=found.id)


def _without_removed_original(found: StoredReceipt, file: StoredFile | None) -> StoredReceipt:
    """Without ``duplicate_of`` where that receipt has been removed since."""
    known = found.duplicate_of is None or (file is not None and found.duplicate_of in file.receipts)
    return found if known else replace(found, duplicate_of=None)
