"""Prove that receipts, their files and their numbers agree, for every user: nothing is missing, and nothing is left.

What is on its way through an inspection while this looks is not a flaw of it: whoever asks looks twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from handlers.contract.names import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import decode, encode
from handlers.store.transaction import busy_when_throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

READ = ("status", "stored_as", "sha256", "thumbnail", "receipts", "receipt_count", EXPIRES_AT)


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """Something of one user that does not agree with the rest."""

    sub: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"user {self.sub}: {self.what}: {self.where}"


@dataclass(slots=True)
class Audit:
    """The flaws, and the receipts that ended by themselves and that DynamoDB will remove."""

    flaws: set[Flaw] = field(default_factory=set)
    expired: int = 0


@dataclass(slots=True)
class _Rows:
    """What the table says: receipts by user, expense and id; files by user and hash; numbers by user and expense."""

    receipts: dict[keys.UploadKey, dict[str, Any]] = field(default_factory=dict)
    files: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)


def audit_receipts(client: DynamoDBClient, table: str, s3: S3Client, bucket: str) -> Audit:
    """Compare every receipt, file and object.

    Raises:
        Busy: DynamoDB throttled.
        ClientError: S3 refused.
    """
    objects = set(_objects(s3, bucket))  # first: what is made meanwhile is then not missed
    rows, now = _read(client, table), time.time()
    audit = Audit(expired=sum(each.get(EXPIRES_AT, now + 1) <= now for each in rows.receipts.values()))
    audit.flaws.update(_of_objects(objects, rows, now), _of_receipts(objects, rows), _of_files(rows))
    return audit


def _of_objects(objects: set[str], rows: _Rows, now: float) -> Iterator[Flaw]:
    """Objects that nothing in the table leads to."""
    for key in sorted(objects):
        upload, file = keys.parse_upload_object(key), keys.parse_file_object(key)
        sub = key.split("/")[1] if "/" in key else ""
        known = False
        if upload:
            record = rows.receipts.get(upload, {})
            known = record.get("status") in {"pending", "processing"} and record.get(EXPIRES_AT, 0) > now
        elif file:
            known = file.stored_as == rows.files.get((file.sub, file.sha256), {}).get("stored_as")
        if not known:
            yield Flaw(sub, "an object without a record", key)


def _of_receipts(objects: set[str], rows: _Rows) -> Iterator[Flaw]:
    """Receipts without their objects, or counted wrongly."""
    ready: Counter[tuple[str, str]] = Counter()
    for at, record in sorted(rows.receipts.items()):
        where = f"receipt {at.receipt_id} of expense {at.expense_id}"
        if record["status"] == "deleting" and EXPIRES_AT not in record:
            yield Flaw(at.sub, "a removal that did not end; DELETE it again", where)
        if record["status"] != "ready":
            continue
        ready[at.sub, at.expense_id] += 1
        whole, thumbnail = keys.FileKey(at.sub, record["sha256"], record["stored_as"]).objects
        if whole not in objects or (record.get("thumbnail") and thumbnail not in objects):
            yield Flaw(at.sub, "a record without its object", where)
        if at.receipt_id not in rows.files.get((at.sub, record["sha256"]), {}).get("receipts", ()):
            yield Flaw(at.sub, "a receipt that its file does not know", where)
    for of in sorted(ready.keys() | rows.counts.keys()):
        if ready[of] != rows.counts.get(of, 0):
            counted = f"expense {of[1]} says {rows.counts.get(of, 0)}, there are {ready[of]}"
            yield Flaw(of[0], "a wrong number of receipts", counted)


def _of_files(rows: _Rows) -> Iterator[Flaw]:
    """Files whose receipts are not there."""
    known = {(at.sub, at.receipt_id) for at, each in rows.receipts.items() if each["status"] in {"processing", "ready"}}
    for (sub, sha256), file in sorted(rows.files.items()):
        for receipt_id in sorted(file["receipts"]):
            if (sub, receipt_id) not in known:
                yield Flaw(sub, "a file that names a receipt which is not there", f"{receipt_id} of {sha256}")


def _read(client: DynamoDBClient, table: str) -> _Rows:
    names = {f"#{place}": name for place, name in enumerate((PARTITION_KEY, SORT_KEY, *READ))}
    request: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "ProjectionExpression": ", ".join(names),
        "FilterExpression": "begins_with(#1, :expense) OR begins_with(#1, :hash)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": encode({":expense": keys.EXPENSE, ":hash": keys.HASH}),
    }
    rows = _Rows()
    while True:
        with busy_when_throttled():
            answer = client.scan(**request)
        for item in answer["Items"]:
            _sort(rows, decode(item))
        if "LastEvaluatedKey" not in answer:
            return rows
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _sort(rows: _Rows, values: dict[str, Any]) -> None:
    sub, sk = keys.owner(values[PARTITION_KEY]), values[SORT_KEY]
    if keys.is_receipt(sk):
        rows.receipts[keys.UploadKey(sub, *keys.parse_receipt(sk))] = values
    elif keys.is_expense(sk):
        rows.counts[sub, sk.removeprefix(keys.EXPENSE)] = values["receipt_count"]
    elif sk.startswith(keys.HASH):
        rows.files[sub, sk.removeprefix(keys.HASH)] = values


def _objects(s3: S3Client, bucket: str) -> Iterator[str]:
    """The key of every version, and of every mark of a removed object."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        yield from (each["Key"] for each in page.get("Versions", []))
        yield from (each["Key"] for each in page.get("DeleteMarkers", []))
