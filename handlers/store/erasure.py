"""Erase all that is kept of one user: the login, every row, every version of every object.

Each step finds what is left by looking, so any of them may fail, be repeated or run twice at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from handlers.contract.names import PARTITION_KEY, SORT_KEY
from handlers.store import keys
from handlers.store.attributes import encode
from handlers.store.batch import BATCH, write_batch
from handlers.store.transaction import busy_when_throttled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

    from handlers.store.objects import Objects


class OutOfTime(Exception):  # noqa: N818 (a signal, not a failure)
    """There is more to erase than this run may still begin."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """``time_is_up`` is asked before each batch."""

    client: DynamoDBClient
    table: str
    objects: Objects
    cognito: CognitoIdentityProviderClient
    pool: str
    time_is_up: Callable[[], bool]

    def erase(self, sub: str) -> None:
        """Erase everything that is there now.

        The login goes first: from then on nobody gets another token.

        Raises:
            OutOfTime, Busy
        """
        self._erase_login(sub)
        self._erase_rows(sub)
        for prefix in keys.objects(sub):
            self.objects.erase_under(prefix, self._check_time)

    def _erase_login(self, sub: str) -> None:
        try:
            self.cognito.admin_delete_user(UserPoolId=self.pool, Username=sub)
        except self.cognito.exceptions.UserNotFoundException:
            return

    def _erase_rows(self, sub: str) -> None:
        found = self._keys(sub)
        while batch := list(islice(found, BATCH)):
            self._check_time()
            write_batch(self.client, self.table, [{"DeleteRequest": {"Key": key}} for key in batch])

    def _keys(self, sub: str) -> Iterator[Any]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "ConsistentRead": True,
            "KeyConditionExpression": "#pk = :pk",
            "ProjectionExpression": "#pk, #sk",
            "ExpressionAttributeNames": {"#pk": PARTITION_KEY, "#sk": SORT_KEY},
            "ExpressionAttributeValues": encode({":pk": keys.partition(sub)}),
        }
        while True:
            with busy_when_throttled():
                answer = self.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _check_time(self) -> None:
        if self.time_is_up():
            raise OutOfTime
