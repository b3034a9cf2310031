"""The function of the receipts' routes."""

from __future__ import annotations

import os
import time
from typing import Any

from handlers.contract.query import Query
from handlers.contract.receipt import Receipt, ReceiptIn, ReceiptList, ReceiptQuery, Upload
from handlers.contract.refusals import retry_after
from handlers.contract.settings import ReceiptsSettings
from handlers.domain.receipt_status import OPEN
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import AnyRequest, PlainRequest, Request, location
from handlers.store import keys
from handlers.store.client import dynamodb
from handlers.store.receipts.items import StoredReceipt
from handlers.store.receipts.links import Links, expiry, links
from handlers.store.receipts.objects import Objects, s3
from handlers.store.receipts.receipts import Receipts
from handlers.store.table.partition import Partition

SETTINGS = ReceiptsSettings.read(os.environ)
READ_EVERY = 0.2
"""Seconds between two reads of a receipt while a request waits for its inspection."""


def ask_to_upload(request: Request[ReceiptIn, Query]) -> Answer:
    """A pending receipt, and the form that uploads its file."""
    receipts, expense_id = _receipts(request), request.path["expense_id"]
    receipts.check_expense(expense_id)  # before the body: an expense of another user is a 404, whatever the body
    made = receipts.ask(expense_id, request.body, request.id)
    key = keys.upload_object(keys.UploadKey(request.caller.sub, made.expense_id, made.id))
    form = _links().form(key, made.content_type, made.size, made.sha256)
    return answer(201, Upload(receipt=_shown(request, made), upload=form), Location=location(request, made.id))


def list_receipts(request: PlainRequest) -> Answer:
    """The receipts of an expense."""
    found = _receipts(request).of_expense(request.path["expense_id"])
    return answer(200, ReceiptList(items=tuple(_shown(request, each) for each in found)))


def get_receipt(request: Request[None, ReceiptQuery]) -> Answer:
    """One receipt, at once or when its inspection ends; before its end, with the seconds until the next try."""
    at = request.path["expense_id"], request.path["receipt_id"]
    end = time.monotonic() + request.query.wait
    receipts = _receipts(request)
    found = receipts.get(*at)
    while found.status in OPEN and time.monotonic() + READ_EVERY < end:
        time.sleep(READ_EVERY)
        found = receipts.get(*at)
    headers = retry_after(1) if found.status in OPEN else {}
    return answer(200, _shown(request, found), **headers)


def delete_receipt(request: PlainRequest) -> Answer:
    """Remove a receipt and its file."""
    objects = Objects(s3(), SETTINGS.bucket_name)
    _receipts(request).delete(request.path["expense_id"], request.path["receipt_id"], objects)
    return answer(204)


def _receipts(request: AnyRequest) -> Receipts:
    return Receipts(Partition(dynamodb(), SETTINGS.table_name, request.caller.sub))


def _links() -> Links:
    return links(SETTINGS.bucket_url, SETTINGS.bucket_name)


def _shown(request: AnyRequest, stored: StoredReceipt) -> Receipt:
    """A receipt as its owner sees it; a ready one has links, which lead only to the inspected file."""
    known: dict[str, Any] = {name: getattr(stored, name, None) for name in Receipt.model_fields}
    shown = Receipt.model_construct(**{**known, "expires_at": None})
    file = stored.file(request.caller.sub)
    if stored.status != "ready" or file is None:
        return shown
    whole, thumbnail = file.objects
    signed, end = _links(), expiry()
    name = f"{stored.filename.rpartition('.')[0] or stored.filename}.thumbnail.jpg"
    return shown.model_copy(
        update={
            "download_url": signed.download(whole, stored.content_type, stored.filename),
            "thumbnail_url": signed.download(thumbnail, "image/jpeg", name) if stored.thumbnail else None,
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
