"""The receipts of one user, as their inspection changes them. Each change begins only in the statuses it may.

The same bytes are stored as one file: first the file's item lists the receipt, then the file is stored, then the
receipt becomes ready. As long as the list has a receipt, nobody erases the file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.domain.receipt_status import BEGIN, FINISH, PROCESSING_LIFE, REJECT, SHARE
from handlers.store import keys
from handlers.store.errors import Busy, Conflict
from handlers.store.receipts.items import StoredReceipt
from handlers.store.receipts.receipts import Receipts
from handlers.store.receipts.transitions import change_status, count_receipt
from handlers.store.table.transaction import ATTEMPTS, Step, pause

if TYPE_CHECKING:
    from handlers.contract.receipt import Reason
    from handlers.inspection.verdict import Facts


class StatusChanged(Exception):  # noqa: N818 (a signal, not a failure)
    """The receipt has a status in which this change cannot begin: another event, or its owner, changed it."""


@dataclass(frozen=True, slots=True)
class Inspections(Receipts):
    """The receipts in one partition on their way from ``pending`` to ``ready`` or ``rejected``."""

    def begin(self, receipt: StoredReceipt) -> StoredReceipt:
        """Record that the upload has arrived.

        Raises:
            StatusChanged, Busy
        """
        self.partition.transact([change_status(self.partition, receipt, BEGIN, StatusChanged)])
        return replace(receipt, status="processing", expires_at=int(time.time()) + PROCESSING_LIFE)

    def reject(self, receipt: StoredReceipt, reason: Reason) -> None:
        """End the inspection with a reason.

        Raises:
            StatusChanged, Busy
        """
        self.partition.transact([change_status(self.partition, receipt, REJECT, StatusChanged, reason=reason)])

    def share(self, receipt: StoredReceipt) -> StoredReceipt:
        """Add the receipt to the list of its file, which may exist; it gets ``stored_as`` and ``duplicate_of``.

        Raises:
            StatusChanged, Busy
        """
        for attempt in range(ATTEMPTS):
            stored = self.stored(receipt.sha256)
            others = stored.receipts - {receipt.id} if stored else frozenset()
            stored_as = stored.stored_as if stored else receipt.id
            earlier = stored_as if stored_as in others else min(others, default=None)
            shared = replace(receipt, stored_as=stored_as, duplicate_of=earlier)
            change = change_status(
                self.partition, receipt, SHARE, StatusChanged, stored_as=stored_as, duplicate_of=earlier
            )
            try:
                self.partition.transact([change, self._list(shared, is_new=stored is None)])
            except Conflict:  # another receipt has created the file, or the last has left it
                pause(attempt)
            else:
                return shared
        raise Busy

    def finish(self, receipt: StoredReceipt, facts: Facts) -> None:
        """Make a receipt ready, whose file is stored, and count it with its expense.

        Raises:
            StatusChanged, Busy
        """
        found = {name: getattr(facts, name) for name in ("width", "height", "pages", "taken_at")}
        thumbnail = 1 if facts.thumbnail else None
        change = change_status(self.partition, receipt, FINISH, StatusChanged, **found, thumbnail=thumbnail)
        self.partition.transact([change, count_receipt(self.partition, receipt.expense_id, 1)])

    def _list(self, receipt: StoredReceipt, *, is_new: bool) -> Step:
        return self.partition.update(
            keys.stored_file(receipt.sha256),
            "SET #stored_as = :stored_as ADD #receipts :receipt",
            "attribute_not_exists(#stored_as)" if is_new else "#stored_as = :stored_as",
            stored_as=receipt.stored_as,
            receipt={receipt.id},
        )
