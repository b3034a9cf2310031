"""The function that S3 calls for each upload. It trusts nothing: neither the event, nor the key, nor the bytes.

Whatever has been done before, doing all of it again ends the same: events come twice, late, at once and out of order.
The upload itself is removed last, when its receipt has ended; until then another event finds it and goes on.
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
from handlers.inspection.child import inspect_apart
from handlers.inspection.verdict import Facts, Unacceptable
from handlers.runtime.events import Context, serve_records
from handlers.runtime.events import Record as EventRecord
from handlers.store import keys
from handlers.store.client import dynamodb
from handlers.store.inspections import OPEN, Inspections, Overtaken
from handlers.store.objects import Objects, Version, s3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.store.receipt_items import Record

READY, REJECTED, ENDED, UNKNOWN, ABSENT = "ready", "rejected", "ended", "unknown", "absent"
"""How an event ends: with a receipt made ready or rejected; with one that had ended before; without a receipt; without
an upload, which another event has dealt with or still will."""


@dataclass(frozen=True, slots=True)
class Processor:
    """``inspect`` finds the facts of a file of a declared type."""

    client: DynamoDBClient
    table: str
    objects: Objects
    inspect: Callable[[bytes, ContentType], Facts] = inspect_apart

    def process(self, key: str, version_id: str | None) -> str:
        """Deal with one upload; how that ended."""
        upload = keys.parse_upload_object(key)
        inspections = Inspections(self.client, self.table, upload.sub) if upload else None
        record = inspections.find(upload.expense_id, upload.receipt_id) if upload and inspections else None
        if inspections is None or record is None or record.has_expired:
            self.objects.erase(key)
            return UNKNOWN
        outcome = ENDED
        if record.status in OPEN:
            try:
                outcome = self._decide(inspections, record, key, version_id)
            except Overtaken:
                record = inspections.find(record.expense_id, record.id)
                outcome = ABSENT if record and record.status in OPEN else ENDED
        if outcome != ABSENT:
            if record and record.status == "deleting":
                inspections.erase_unless_shared(record, self.objects)
            self.objects.erase(key)
        return outcome

    def _decide(self, inspections: Inspections, record: Record, key: str, version_id: str | None) -> str:
        found = [each for each in self.objects.versions(key) if version_id in {None, each.id}]
        if not found:
            return ABSENT
        begun = inspections.begin(record)
        try:
            data = self._promised(begun, key, found[0])
            facts = self.inspect(data, begun.content_type)
        except Unacceptable as verdict:
            inspections.reject(begun, verdict.reason)
            return REJECTED
        self._store(inspections, inspections.share(begun), data, facts)
        return READY

    def _promised(self, record: Record, key: str, version: Version) -> bytes:
        """The bytes, if they are those that were promised."""
        if version.size != record.size:
            raise Unacceptable("wrong_size")
        data = self.objects.read(key, version)
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise Unacceptable("wrong_hash")
        return data

    def _store(self, inspections: Inspections, shared: Record, data: bytes, facts: Facts) -> None:
        file = shared.file(inspections.sub)
        assert file
        whole, thumbnail = file.objects
        self.objects.put_once(whole, data, shared.content_type)
        if facts.thumbnail:
            self.objects.put_once(thumbnail, facts.thumbnail, "image/jpeg")
        try:
            inspections.finish(shared, facts)
        except Overtaken:
            now = inspections.find(shared.expense_id, shared.id)
            if now is None or now.status == "deleting":  # its owner removed it while we stored it
                inspections.erase_unless_shared(shared, self.objects)
            raise


def act(record: EventRecord, _: Context) -> str:
    """Deal with one record of S3's event."""
    of = record["s3"]["object"]
    processor = Processor(dynamodb(), SETTINGS.table_name, Objects(s3(), SETTINGS.bucket_name))
    return processor.process(unquote_plus(of["key"]), of.get("versionId"))


SETTINGS = ProcessorSettings.read(os.environ)
handler = serve_records("processor", act)
