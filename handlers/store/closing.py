"""Which accounts are closed: one item each, that does not tell whose it was and outlives every token.

It has no end while the account is being erased, and gets one when that is done.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from handlers.contract.names import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import Item, encode
from handlers.store.transaction import busy_when_throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMEMBERED = 24 * 3600
"""Seconds after the erasing. The last token was issued before that began, and lives an hour."""


def is_closed(client: DynamoDBClient, table: str, sub: str) -> bool:
    """Whether the account of ``sub`` is closed.

    Raises:
        Busy
    """
    with busy_when_throttled():
        return "Item" in client.get_item(TableName=table, Key=_key(sub), ConsistentRead=True)


def close(client: DynamoDBClient, table: str, sub: str) -> int:
    """Close the account, unless it is closed; since when it is, in seconds since 1970.

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
        there: Any = error.response  # with the item that was asked for
        return int(there["Item"]["closed_at"]["N"])
    return now


def forget_later(client: DynamoDBClient, table: str, sub: str, closed_at: int) -> None:
    """Let the item of an erased account end, once no token can be left.

    Raises:
        Busy
    """
    ends = {"closed_at": closed_at, EXPIRES_AT: int(time.time()) + REMEMBERED}
    with busy_when_throttled():
        client.put_item(TableName=table, Item={**_key(sub), **encode(ends)})


def _key(sub: str) -> Item:
    return encode({PARTITION_KEY: keys.closed(sub), SORT_KEY: keys.CLOSED})
