"""The function of the receipts' routes."""

from __future__ import annotations

import os
import time
from typing import Any

from handlers.contract.query import Query
from handlers.contract.receipt import Receipt, ReceiptIn, ReceiptList, ReceiptQuery, Upload
from handlers.contract.settings import ReceiptsSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import AnyRequest, PlainRequest, Request, location
from handlers.store import keys
from handlers.store.client import dynamodb
from handlers.store.links import Links, expiry, links
from handlers.store.objects import Objects, s3
from handlers.store.receipt_items import Record
from handlers.store.receipts import Receipts

SETTINGS = ReceiptsSettings.read(os.environ)
OPEN = frozenset({"pending", "processing"})
LOOK_EVERY = 0.2
"""Seconds between two looks at a receipt that is waited for."""


def ask_to_upload(request: Request[ReceiptIn, Query]) -> Answer:
    """A pending receipt, and the form that fulfils it."""
    receipts, expense_id = _receipts(request), request.path["expense_id"]
    receipts.check_expense(expense_id)  # before the body: an expense of another user is a 404, whatever the body
    made = receipts.ask(expense_id, request.body)
    key = keys.upload_object(keys.UploadKey(request.caller.sub, made.expense_id, made.id))
    form = _links().form(key, made.content_type, made.size, made.sha256)
    return answer(201, Upload(receipt=_told(request, made), upload=form), Location=location(request, made.id))


def list_receipts(request: PlainRequest) -> Answer:
    """The receipts of an expense."""
    found = _receipts(request).of_expense(request.path["expense_id"])
    return answer(200, ReceiptList(items=tuple(_told(request, each) for each in found)))


def get_receipt(request: Request[None, ReceiptQuery]) -> Answer:
    """One receipt, at once or when its inspection ends; where it has not ended, when to ask again."""
    at = request.path["expense_id"], request.path["receipt_id"]
    end = time.monotonic() + request.query.wait
    receipts = _receipts(request)
    found = receipts.get(*at)
    while found.status in OPEN and time.monotonic() + LOOK_EVERY < end:
        time.sleep(LOOK_EVERY)
        found = receipts.get(*at)
    again = {"Retry_After": "1"} if found.status in OPEN else {}
    return answer(200, _told(request, found), **again)


def delete_receipt(request: PlainRequest) -> Answer:
    """Remove a receipt and its file."""
    objects = Objects(s3(), SETTINGS.bucket_name)
    _receipts(request).delete(request.path["expense_id"], request.path["receipt_id"], objects)
    return answer(204)


def _receipts(request: AnyRequest) -> Receipts:
    return Receipts(dynamodb(), SETTINGS.table_name, request.caller.sub)


def _links() -> Links:
    return links(SETTINGS.bucket_url, SETTINGS.bucket_name)


def _told(request: AnyRequest, record: Record) -> Receipt:
    """A receipt as its owner is told; with links once it is ready, and only to what was inspected."""
    known: dict[str, Any] = {name: getattr(record, name, None) for name in Receipt.model_fields}
    told = Receipt.model_construct(**{**known, "expires_at": None})
    file = record.file(request.caller.sub)
    if record.status != "ready" or file is None:
        return told
    whole, thumbnail = file.objects
    to, end = _links(), expiry()
    small = f"{record.filename.rpartition('.')[0] or record.filename}.thumbnail.jpg"
    return told.model_copy(
        update={
            "download_url": to.download(whole, record.content_type, record.filename),
            "thumbnail_url": to.download(thumbnail, "image/jpeg", small) if record.thumbnail else None,
            "expires_at": end,
        }
    )


handler = serve(
    "receipts",
    SETTINGS,
    {
        "ask_to_upload": ask_to_upload,
        "list_receipts": list_receipts,
        "get_receipt": get_receipt,
        "delete_receipt": delete_receipt,
    },
)
