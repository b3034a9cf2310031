"""Closed accounts: one item each, which does not reveal the user and outlives every token.

The item does not expire while the account is being erased; once that is done, it gets a time to live.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from handlers.contract.names import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.table.attributes import Item, encode
from handlers.store.table.transaction import busy_when_throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMEMBERED = 24 * 3600
"""Seconds after the erasure. The last token was issued before it began, and is valid for an hour."""


def is_closed(client: DynamoDBClient, table: str, sub: str) -> bool:
    """Whether the account of ``sub`` is closed.

    Raises:
        Busy
    """
    with busy_when_throttled():
        return "Item" in client.get_item(TableName=table, Key=_key(sub), ConsistentRead=True)


def close(client: DynamoDBClient, table: str, sub: str) -> int:
    """Close the account, unless it is closed; the time of the closing, in seconds since 1970.

    Raises:
        Busy
    """
    now = int(time.time())
    try:
        with busy_when_throttled():
            client.put_item(
                TableName=table,
                Item={**_key(sub), **encode({"closed_at": now})},
                ConditionExpression="attribute_not_exists(#pk)",
                ExpressionAttributeNames={"#pk": PARTITION_KEY},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
    except client.exceptions.ConditionalCheckFailedException as error:
        response: Any = error.response  # it has the item, since ALL_OLD asks for it
        return int(response["Item"]["closed_at"]["N"])
    return now


def expire(client: DynamoDBClient, table: str, sub: str, closed_at: int) -> None:
    """Let the item of an erased account expire, once no token can be valid.

    Raises:
        Busy
    """
    values = {"closed_at": closed_at, EXPIRES_AT: int(time.time()) + REMEMBERED}
    with busy_when_throttled():
        client.put_item(TableName=table, Item={**_key(sub), **encode(values)})


def _key(sub: str) -> Item:
    """Not in the user's partition, which the erasure empties."""
    return encode({PARTITION_KEY: keys.closed(sub), SORT_KEY: keys.CLOSED})
