"""The receipts of one user, as their inspection changes them. Each change holds only in the state before it.

Of the same bytes one file is stored: first a receipt is put on the file's list, then the file is made, then the
receipt is ready. While it is on that list, nobody erases the file.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.store import keys
from handlers.store.attributes import encode
from handlers.store.errors import Busy
from handlers.store.receipt_items import PROCESSING_LIFE, REJECTED_LIFE, Record
from handlers.store.receipts import Receipts, counted
from handlers.store.transaction import ATTEMPTS, Step, pause, transact

if TYPE_CHECKING:
    from handlers.contract.receipt import Reason
    from handlers.inspection.verdict import Facts

OPEN = frozenset({"pending", "processing"})
"""States in which bytes are still awaited."""


class Overtaken(Exception):  # noqa: N818 (a signal, not a failure)
    """The receipt is not in the state that this change begins with: another did it, or its owner removed it."""


class _FileChanged(Exception):  # noqa: N818
    """Another receipt has brought the file, or the last has left it."""


class Inspections(Receipts):
    """The receipts of ``sub`` on their way from ``pending`` to ``ready`` or ``rejected``."""

    def begin(self, record: Record) -> Record:
        """Say that its bytes are there.

        Raises:
            Overtaken, Busy
        """
        begun = replace(record, status="processing", expires_at=int(time.time()) + PROCESSING_LIFE)
        values = {"status": begun.status, "expires_at": begun.expires_at}
        transact(self.client, [self._changed(record, values, "#status IN (:pending, :processing)")])
        return begun

    def reject(self, record: Record, reason: Reason) -> None:
        """End it with a reason, unless other bytes for it were found good.

        Raises:
            Overtaken, Busy
        """
        values = {"status": "rejected", "reason": reason, "expires_at": int(time.time()) + REJECTED_LIFE}
        unstored = "#status = :processing AND attribute_not_exists(#stored_as)"
        transact(self.client, [self._changed(record, values, unstored)])

    def share(self, record: Record) -> Record:
        """Put it on the list of its file, which may be there already: ``stored_as`` and ``duplicate_of`` tell.

        Raises:
            Overtaken, Busy
        """
        for attempt in range(ATTEMPTS):
            stored = self.stored(record.sha256)
            others = stored.receipts - {record.id} if stored else frozenset()
            stored_as = stored.stored_as if stored else record.id
            earlier = stored_as if stored_as in others else min(others, default=None)
            shared = replace(record, stored_as=stored_as, duplicate_of=earlier)
            values = {"stored_as": stored_as, "duplicate_of": earlier}
            try:
                transact(
                    self.client,
                    [
                        self._changed(record, values, "#status = :processing"),
                        self._listed(shared, is_new=stored is None),
                    ],
                )
            except _FileChanged:
                pause(attempt)
            else:
                return shared
        raise Busy

    def finish(self, record: Record, facts: Facts) -> None:
        """Make a receipt ready whose file is there, and count it with its expense.

        Raises:
            Overtaken, Busy
        """
        found = {name: getattr(facts, name) for name in ("width", "height", "pages", "taken_at")}
        values = {"status": "ready", **found, "thumbnail": 1 if facts.thumbnail else None, "expires_at": None}
        transact(
            self.client,
            [
                self._changed(record, values, "#status = :processing AND #stored_as = :same", same=record.stored_as),
                counted(self.table, self.sub, record.expense_id, 1),
            ],
        )

    def _changed(self, record: Record, values: dict[str, Any], condition: str, **more: Any) -> Step:
        """Set what is not None of ``values``, and remove the rest."""
        kept = {name: value for name, value in values.items() if value is not None}
        removed = values.keys() - kept.keys()
        expression = "SET " + ", ".join(f"#{name} = :{name}_" for name in kept)
        if removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in sorted(removed))
        states = {f":{state}": state for state in OPEN if f":{state}" in condition}
        named = {*values, "status", *(("stored_as",) if "#stored_as" in condition else ())}
        update = {
            "TableName": self.table,
            "Key": self._key(keys.receipt(record.expense_id, record.id)),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in named},
            "ExpressionAttributeValues": encode(
                {
                    **{f":{name}_": value for name, value in kept.items()},
                    **states,
                    **{f":{name}": value for name, value in more.items()},
                }
            ),
        }
        return Step({"Update": update}, Overtaken)

    def _listed(self, record: Record, *, is_new: bool) -> Step:
        update = {
            "TableName": self.table,
            "Key": self._key(keys.stored_file(record.sha256)),
            "UpdateExpression": "SET #stored = :stored ADD #receipts :alone",
            "ConditionExpression": "attribute_not_exists(#stored)" if is_new else "#stored = :stored",
            "ExpressionAttributeNames": {"#stored": "stored_as", "#receipts": "receipts"},
            "ExpressionAttributeValues": encode({":stored": record.stored_as, ":alone": {record.id}}),
        }
        return Step({"Update": update}, _FileChanged)
