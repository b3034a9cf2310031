"""Queries over one user's partition, to their end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from handlers.store import keys
from handlers.store.items import Item, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def between(
    client: DynamoDBClient, table: str, sub: str, first: str, last: str, *, index: str | None = None
) -> Iterator[Item]:
    """Every item of ``sub`` whose sort key, or key of the local ``index``, lies between the two, in key order."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="#pk = :pk AND #sk BETWEEN :first AND :last",
        ExpressionAttributeNames={"#pk": keys.PK, "#sk": index or keys.SK},
        ExpressionAttributeValues=encode({":pk": keys.partition(sub), ":first": first, ":last": last}),
        **({"IndexName": index} if index else {}),
    )
    for page in pages:
        yield from page["Items"]
