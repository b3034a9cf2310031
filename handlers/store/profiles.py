"""Profiles, made on first use: no trigger of Cognito has to have fired."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handlers.contract.profile import Profile, ProfileIn
from handlers.store import keys
from handlers.store.errors import Busy
from handlers.store.expenses import now
from handlers.store.items import encode, profile_item, read_profile
from handlers.store.transaction import ATTEMPTS, pause

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Profiles:
    """The profile of ``sub``."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str) -> None:
        self.client, self.table, self.sub = client, table, sub

    def read(self, email: str) -> Profile:
        """The profile, made if there is none. ``email`` is that of the caller's token."""
        key = encode({keys.PK: keys.partition(self.sub), keys.SK: keys.PROFILE})
        item = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if item is not None:
            return read_profile(item, email)
        moment = now()
        fresh = Profile(email=email, created_at=moment, updated_at=moment)
        return fresh if self._put(fresh, None) else self.read(email)

    def update(self, email: str, change: Callable[[Profile], ProfileIn]) -> Profile:
        """Change the profile; of simultaneous changes each sees the one before it.

        Raises:
            Busy
        """
        for attempt in range(ATTEMPTS):
            current = self.read(email)
            wanted = change(current)
            changed = Profile(**wanted.model_dump(), email=email, created_at=current.created_at, updated_at=now())
            if self._put(changed, current.updated_at):
                return changed
            pause(attempt)
        raise Busy

    def _put(self, profile: Profile, seen: str | None) -> bool:
        """Write it, unless it is no longer as it was ``seen`` (None: absent); whether it was written."""
        unseen = "attribute_not_exists(#pk)"
        try:
            self.client.put_item(
                TableName=self.table,
                Item=profile_item(self.sub, profile),
                ConditionExpression="#updated = :seen" if seen else unseen,
                ExpressionAttributeNames={"#updated": "updated_at"} if seen else {"#pk": keys.PK},
                **({"ExpressionAttributeValues": encode({":seen": seen})} if seen else {}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True
