"""Writes of many items at once, without a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.store.errors import Busy
from handlers.store.transaction import ATTEMPTS, busy_when_throttled, pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 25
"""Items that BatchWriteItem takes."""


def write_batch(client: DynamoDBClient, table: str, requests: Sequence[Any]) -> None:
    """Do at most ``BATCH`` write requests; what DynamoDB leaves unprocessed is sent again, so many times.

    Raises:
        Busy: DynamoDB kept refusing some of them.
    """
    left: list[Any] = list(requests)
    for attempt in range(ATTEMPTS):
        with busy_when_throttled():
            answer = client.batch_write_item(RequestItems={table: left})
        left = list(answer.get("UnprocessedItems", {}).get(table, []))
        if not left:
            return
        pause(attempt)
    raise Busy
