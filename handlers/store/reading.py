"""Reads of one user's partition. All are consistent: a read after a write sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import Item, encode
from handlers.store.transaction import busy_when_throttled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


def one(client: DynamoDBClient, table: str, sub: str, sk: str) -> Item | None:
    """The item of ``sub`` at ``sk``, if there is one.

    Raises:
        Busy
    """
    key = encode({PARTITION_KEY: keys.partition(sub), SORT_KEY: sk})
    with busy_when_throttled():
        return client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def between(client: DynamoDBClient, table: str, sub: str, first: str, last: str, **more: Any) -> Iterator[Item]:
    """Every item of ``sub`` whose sort key lies between the two, in key order; ``more`` goes into the query.

    With ``IndexName`` it is the key of that local index. Pages are read as they are asked for.

    Raises:
        Busy
    """
    request = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#pk": PARTITION_KEY, "#sk": more.get("IndexName", SORT_KEY)},
        "ExpressionAttributeValues": encode({":pk": keys.partition(sub), ":first": first, ":last": last}),
        **more,
    }
    while True:
        with busy_when_throttled():
            answer = client.query(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
