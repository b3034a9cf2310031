"""The function that S3 calls for each upload. It trusts neither the event, nor the key, nor the bytes.

Events come twice, late, at the same time and out of order, so each run may begin in any state and ends the same. The
upload is erased last, when its receipt's inspection has ended; until then the next event finds it and continues.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from handlers.contract.receipt import ContentType
from handlers.contract.settings import ProcessorSettings
from handlers.domain.receipt_status import OPEN
from handlers.inspection.child import inspect_apart
from handlers.inspection.verdict import Facts, Unacceptable
from handlers.runtime.events import Context, EventRecord, Join, serve_records
from handlers.runtime.measures import count
from handlers.store import keys
from handlers.store.client import dynamodb
from handlers.store.receipts.inspections import Inspections, StatusChanged
from handlers.store.receipts.objects import Objects, Version, s3
from handlers.store.table.partition import Partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.store.receipts.items import StoredReceipt

READY, REJECTED = "ready", "rejected"
"""This event ended the inspection."""
ENDED = "ended"
"""The inspection had ended before."""
UNKNOWN = "unknown"
"""No receipt waits for this upload."""
ABSENT = "absent"
"""The upload does not exist: another event has erased it, or will find it."""


@dataclass(frozen=True, slots=True)
class Processor:
    """``inspect`` finds the facts of a file of a declared type. ``join`` takes the id of its request."""

    client: DynamoDBClient
    table: str
    objects: Objects
    join: Join
    inspect: Callable[[bytes, ContentType], Facts] = inspect_apart

    def process(self, key: str, version_id: str | None) -> str:
        """Process one upload; the outcome is one of the words above."""
        upload = keys.parse_upload_object(key)
        inspections = Inspections(Partition(self.client, self.table, upload.sub)) if upload else None
        receipt = inspections.find(upload.expense_id, upload.receipt_id) if upload and inspections else None
        self.join(receipt.request_id if receipt else None)
        if inspections is None or receipt is None or receipt.has_expired:
            self.objects.erase(key)
            return UNKNOWN
        outcome = ENDED
        if receipt.status in OPEN:
            try:
                outcome = self._inspect(inspections, receipt, key, version_id)
            except StatusChanged:
                receipt = inspections.find(receipt.expense_id, receipt.id)
                outcome = ABSENT if receipt and receipt.status in OPEN else ENDED
        if outcome != ABSENT:
            if receipt and receipt.status == "deleting":
                inspections.erase_unless_shared(receipt, self.objects)
            self.objects.erase(key)
        return outcome

    def _inspect(self, inspections: Inspections, receipt: StoredReceipt, key: str, version_id: str | None) -> str:
        found = [each for each in self.objects.versions(key) if version_id in {None, each.id}]
        if not found:
            return ABSENT
        begun = inspections.begin(receipt)
        try:
            data = self._promised(begun, key, found[0])
            facts = self.inspect(data, begun.content_type)
        except Unacceptable as verdict:
            inspections.reject(begun, verdict.reason)
            count("ReceiptsRejected", verdict.reason)
            return REJECTED
        self._store(inspections, inspections.share(begun), data, facts)
        return READY

    def _promised(self, receipt: StoredReceipt, key: str, version: Version) -> bytes:
        """The bytes of the upload, if they have the size and the hash that the client promised."""
        if version.size != receipt.size:
            raise Unacceptable("wrong_size")
        data = self.objects.read(key, version)
        if hashlib.sha256(data).hexdigest() != receipt.sha256:
            raise Unacceptable("wrong_hash")
        return data

    def _store(self, inspections: Inspections, shared: StoredReceipt, data: bytes, facts: Facts) -> None:
        file = shared.file(inspections.partition.sub)
        assert file
        whole, thumbnail = file.objects
        self.objects.put_once(whole, data, shared.content_type)
        if facts.thumbnail:
            self.objects.put_once(thumbnail, facts.thumbnail, "image/jpeg")
        try:
            inspections.finish(shared, facts)
        except StatusChanged:
            current = inspections.find(shared.expense_id, shared.id)
            if current is None or current.status == "deleting":  # its owner removed it in the meantime
                inspections.erase_unless_shared(shared, self.objects)
            raise


def process_record(record: EventRecord, _: Context, join: Join) -> str:
    """Process one record of an event of S3."""
    uploaded = record["s3"]["object"]
    processor = Processor(dynamodb(), SETTINGS.table_name, Objects(s3(), SETTINGS.bucket_name), join)
    return processor.process(unquote_plus(uploaded["key"]), uploaded.get("versionId"))


SETTINGS = ProcessorSettings.read(os.environ)
handler = serve_records("processor", process_record)
