"""Writes of many items at once, without conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.store.errors import Busy
from handlers.store.table.transaction import ATTEMPTS, busy_when_throttled, pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_REQUESTS = 25
"""Write requests that one BatchWriteItem takes."""


def write_batch(client: DynamoDBClient, table: str, requests: Sequence[Any]) -> None:
    """Do at most ``MAX_REQUESTS`` write requests; those that DynamoDB leaves unprocessed are sent again.

    Raises:
        Busy: DynamoDB left some of them unprocessed at every attempt.
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
