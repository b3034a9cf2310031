"""One user's partition of the table: its items, queries and writes. Every read is consistent: it sees each write.

An expression is text in DynamoDB's own words. ``#name`` is the attribute of that name, ``:name`` a value given as
a keyword: the attribute names of a request are read from its expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.errors import Conflict
from handlers.store.table.attributes import Item, encode
from handlers.store.table.transaction import Step, busy_when_throttled, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IS_NEW = f"attribute_not_exists(#{PARTITION_KEY})"
"""The condition that there is no such item yet."""
_NAME = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True)
class Partition:
    """The partition of ``sub``, which comes from the token and from nowhere else."""

    client: DynamoDBClient
    table: str
    sub: str

    def key(self, sort_key: str) -> Item:
        """The primary key of an item."""
        return encode(keys.primary(self.sub, sort_key))

    def item(self, sort_key: str) -> Item | None:
        """One item, if it exists.

        Raises:
            Busy
        """
        with busy_when_throttled():
            answer = self.client.get_item(TableName=self.table, Key=self.key(sort_key), ConsistentRead=True)
        return answer.get("Item")

    def between(self, first: str, last: str, *, index: str | None = None, **more: Any) -> Iterator[Item]:
        """Every item whose sort key is ``first``, ``last`` or between them, in order.

        ``index`` is a local index whose key takes the place of the sort key; ``more`` goes into the query.

        Raises:
            Busy
        """
        condition = f"#{PARTITION_KEY} = :user AND #{index or SORT_KEY} BETWEEN :first AND :last"
        if index:
            more["IndexName"] = index
        return self._query(condition, first=first, last=last, **more)

    def primary_keys(self) -> Iterator[Item]:
        """The primary key of every item.

        Raises:
            Busy
        """
        projection = f"#{PARTITION_KEY}, #{SORT_KEY}"
        return self._query(f"#{PARTITION_KEY} = :user", projection, ProjectionExpression=projection)

    def put(
        self, item: Item, condition: str = "", otherwise: Callable[[], Exception] = Conflict, **values: Any
    ) -> Step:
        """Write a whole item."""
        return Step({"Put": {"TableName": self.table, "Item": item, **_expressions("", condition, values)}}, otherwise)

    def update(
        self,
        sort_key: str,
        update: str,
        condition: str = "",
        otherwise: Callable[[], Exception] = Conflict,
        *,
        names: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Step:
        """Change attributes of an item; ``names`` are the attributes whose names no expression can spell."""
        expressions = _expressions(update, condition, values, names)
        return Step({"Update": {**self._at(sort_key), **expressions}}, otherwise)

    def delete(
        self, sort_key: str, condition: str = "", otherwise: Callable[[], Exception] = Conflict, **values: Any
    ) -> Step:
        """Delete an item."""
        return Step({"Delete": {**self._at(sort_key), **_expressions("", condition, values)}}, otherwise)

    def check(
        self, sort_key: str, condition: str, otherwise: Callable[[], Exception] = Conflict, **values: Any
    ) -> Step:
        """Write nothing, but let the transaction fail unless the condition holds."""
        return Step({"ConditionCheck": {**self._at(sort_key), **_expressions("", condition, values)}}, otherwise)

    def transact(self, steps: Sequence[Step]) -> None:
        """Do all of ``steps`` or none; see ``transaction.transact``."""
        transact(self.client, steps)

    def write(self, step: Step) -> None:
        """Do one put, update or delete.

        Raises:
            Busy
            Exception: the error of the step, if its condition does not hold.
        """
        ((kind, request),) = step.action.items()
        calls: dict[str, Callable[..., object]] = {
            "Put": self.client.put_item,
            "Update": self.client.update_item,
            "Delete": self.client.delete_item,
        }
        try:
            with busy_when_throttled():
                calls[kind](**request)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise step.otherwise() from error

    def _at(self, sort_key: str) -> dict[str, Any]:
        return {"TableName": self.table, "Key": self.key(sort_key)}

    def _query(self, condition: str, *expressions: str, first: str = "", last: str = "", **more: Any) -> Iterator[Item]:
        bounds = {":first": first, ":last": last} if ":first" in condition else {}
        return every_item(
            self.client.query,
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=_names(condition, *expressions),
            ExpressionAttributeValues=encode({":user": keys.partition(self.sub), **bounds}),
            **more,
        )


def every_item(call: Callable[..., Any], **request: Any) -> Iterator[Item]:
    """Every item of a query or a scan; a page is read when it is needed.

    Raises:
        Busy
    """
    while True:
        with busy_when_throttled():
            answer = call(**request)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _expressions(
    update: str, condition: str, values: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The parameters of a write; DynamoDB takes none that is empty."""
    parameters: dict[str, Any] = {
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {**_names(update, condition), **(names or {})},
        "ExpressionAttributeValues": encode({f":{name}": value for name, value in values.items()}),
    }
    return {name: value for name, value in parameters.items() if value}


def _names(*expressions: str) -> dict[str, str]:
    return {f"#{name}": name for name in _NAME.findall(" ".join(expressions))}
