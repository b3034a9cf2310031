"""Receipts in memory: a table, a bucket, the uploads of a client, and the function that S3 calls; failures at will."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.exceptions import EndpointConnectionError

from handlers.contract.receipt import ReceiptIn
from handlers.store import keys
from handlers.store.receipts.objects import Objects
from handlers.store.receipts.receipts import Receipts
from tests.unit.front_door import BUCKET, ENVIRONMENT
from tests.unit.table import ANN, Table, dynamodb_table, spent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from handlers.functions.processor import Processor
    from handlers.store.receipts.items import StoredReceipt

REQUEST = "8f1c2d0e-0000-4000-8000-000000000001"
PHOTO = b"the bytes of a photo"
NO_EXPENSE = "01JD8Z3N5T9Q4V7XK2M6R0BHWC"


@dataclass(frozen=True)
class Place:
    """One user's table and bucket."""

    table: Table
    s3: S3Client
    sub: str = ANN
    faults: Faults = field(default_factory=lambda: Faults())  # noqa: PLW0108 (defined below)

    @property
    def receipts(self) -> Receipts:
        return Receipts(self.table.partition(self.sub))

    @property
    def objects(self) -> Objects:
        return Objects(self.s3, BUCKET)

    def expense(self) -> str:
        """A new expense; its id."""
        return self.table.expenses(self.sub).create(spent()).expense.id

    def ask(self, expense_id: str, data: bytes = PHOTO, **promises: Any) -> StoredReceipt:
        return self.receipts.ask(expense_id, promise(data, **promises), REQUEST)

    def upload(self, record: StoredReceipt, data: bytes = PHOTO) -> str:
        """What a form does; the version it made."""
        return self.s3.put_object(Bucket=BUCKET, Key=self.key(record), Body=data)["VersionId"]

    def key(self, record: StoredReceipt) -> str:
        return keys.upload_object(keys.UploadKey(self.sub, record.expense_id, record.id))

    def process(self, record: StoredReceipt, version: str | None = None, **parts: Any) -> str:
        """One event of S3."""
        return self.processor(**parts).process(self.key(record), version)

    def processor(self, **parts: Any) -> Processor:
        from handlers.inspection.verdict import Facts

        found = Facts(width=4, height=3, taken_at="2026-03-14T10:00:00", thumbnail=b"small")
        defaults = {"objects": self.objects, "join": lambda _: None, "inspect": lambda data, content_type: found}
        return processor_class()(self.table.client, self.table.name, **{**defaults, **parts})

    def ready(self, expense_id: str, data: bytes = PHOTO) -> StoredReceipt:
        """A receipt that was asked for, uploaded and inspected."""
        record = self.ask(expense_id, data)
        assert self.process(record, self.upload(record, data)) == "ready"
        return self.find(record)

    def find(self, record: StoredReceipt) -> StoredReceipt:
        found = self.receipts.find(record.expense_id, record.id)
        assert found
        return found

    def versions(self) -> list[str]:
        """The key of every version and every delete marker in the bucket."""
        answer = self.s3.list_object_versions(Bucket=BUCKET)
        return sorted(each["Key"] for each in (*answer.get("Versions", []), *answer.get("DeleteMarkers", [])))

    def count(self, expense_id: str) -> int:
        return self.table.expenses(self.sub).get(expense_id).receipt_count


def promise(data: bytes = PHOTO, **promises: Any) -> ReceiptIn:
    given = {
        "filename": "lunch.jpg",
        "content_type": "image/jpeg",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return ReceiptIn.model_validate({**given, **promises})


@cache
def processor_class() -> type[Processor]:
    with patch.dict("os.environ", ENVIRONMENT):
        from handlers.functions.processor import Processor

        return Processor


@cache
def _s3() -> S3Client:
    return boto3.client("s3", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@contextmanager
def place() -> Iterator[Place]:
    """A new empty table and bucket."""
    with dynamodb_table() as table:
        client = _s3()
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        made = Place(table, client)
        with made.faults.watching(table.client, client):
            yield made


@dataclass
class Faults:
    """Fail the call number ``at``: before it is sent, or once it has been done and its answer is lost."""

    at: int = 0
    lost: bool = False
    calls: list[str] = field(default_factory=list)

    def arm(self, at: int, *, lost: bool) -> None:
        self.at, self.lost = at, lost
        self.calls.clear()

    def disarm(self) -> None:
        self.at = 0

    @contextmanager
    def watching(self, *clients: Any) -> Iterator[None]:
        for client in clients:
            client.meta.events.register("before-call", self._before, unique_id="before")
            client.meta.events.register("after-call", self._after, unique_id="after")
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", self._before, unique_id="before")
                client.meta.events.unregister("after-call", self._after, unique_id="after")

    def _before(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        if len(self.calls) == self.at and not self.lost:
            raise EndpointConnectionError(endpoint_url="before")

    def _after(self, **_: Any) -> None:
        if len(self.calls) == self.at and self.lost:
            self.at = 0
            raise EndpointConnectionError(endpoint_url="after")
