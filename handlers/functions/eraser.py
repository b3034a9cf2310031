"""The function that erases closed accounts, each told by a message of a queue.

A look erases everything there is. The last look is one that began when no request from before the closing could
still run; until then, and when the time of a run is up, the message stays in the queue and comes again.
"""

from __future__ import annotations

import os
import time

from handlers.contract.erasure import Erasure
from handlers.contract.settings import EraserSettings
from handlers.runtime.events import AGAIN, Context, Record, serve_records
from handlers.store.client import cognito, dynamodb
from handlers.store.closing import close, forget_later
from handlers.store.erasure import Eraser, OutOfTime
from handlers.store.objects import Objects, s3

SETTINGS = EraserSettings.read(os.environ)
ERASED = "erased"
RESERVE = 5_000
"""Milliseconds before the end of a run in which no further batch is begun."""


def act(record: Record, context: Context) -> str:
    """Look once; whether that was the last look."""
    began, sub = time.time(), Erasure.model_validate_json(record["body"]).sub
    closed_at = close(dynamodb(), SETTINGS.table_name, sub)
    try:
        _eraser(context).erase(sub)
    except OutOfTime:
        return AGAIN
    if began < closed_at + int(SETTINGS.settle_seconds):
        return AGAIN
    forget_later(dynamodb(), SETTINGS.table_name, sub, closed_at)
    return ERASED


def _eraser(context: Context) -> Eraser:
    return Eraser(
        dynamodb(),
        SETTINGS.table_name,
        Objects(s3(), SETTINGS.bucket_name),
        cognito(),
        SETTINGS.user_pool_id,
        time_is_up=lambda: context.get_remaining_time_in_millis() < RESERVE,
    )


handler = serve_records("eraser", act)
