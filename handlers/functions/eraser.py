"""The function that erases closed accounts. A message of a queue names each.

A run erases everything that exists. The last run is one that begins when no request from before the closing can
still be running. Until then, or when a run has no time left, the message stays in the queue and comes again.
"""

from __future__ import annotations

import os
import time

from handlers.contract.erasure import Erasure
from handlers.contract.request_id import ATTRIBUTE
from handlers.contract.settings import EraserSettings
from handlers.runtime.events import AGAIN, Context, EventRecord, Join, serve_records
from handlers.store.account.closing import close, expire
from handlers.store.account.erasure import Eraser, OutOfTime
from handlers.store.client import cognito, dynamodb
from handlers.store.receipts.objects import Objects, s3
from handlers.store.table.partition import Partition

SETTINGS = EraserSettings.read(os.environ)
ERASED = "erased"
RESERVE = 5_000
"""Milliseconds before the end of a run in which no further batch begins."""


def erase_account(record: EventRecord, context: Context, join: Join) -> str:
    """Erase the account once, and say whether this was the last run."""
    join(record.get("messageAttributes", {}).get(ATTRIBUTE, {}).get("stringValue"))
    began, sub = time.time(), Erasure.model_validate_json(record["body"]).sub
    closed_at = close(dynamodb(), SETTINGS.table_name, sub)
    try:
        _eraser(sub, context).erase()
    except OutOfTime:
        return AGAIN
    if began < closed_at + int(SETTINGS.settle_seconds):
        return AGAIN
    expire(dynamodb(), SETTINGS.table_name, sub, closed_at)
    return ERASED


def _eraser(sub: str, context: Context) -> Eraser:
    return Eraser(
        Partition(dynamodb(), SETTINGS.table_name, sub),
        Objects(s3(), SETTINGS.bucket_name),
        cognito(),
        SETTINGS.user_pool_id,
        time_is_up=lambda: context.get_remaining_time_in_millis() < RESERVE,
    )


handler = serve_records("eraser", erase_account)
