"""Profiles, made on first use: no trigger of Cognito has to have fired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.contract.profile import Profile, ProfileIn
from handlers.domain.moment import now
from handlers.store import keys
from handlers.store.attributes import encode
from handlers.store.errors import Busy
from handlers.store.items import profile_item, read_profile
from handlers.store.reading import one
from handlers.store.transaction import ATTEMPTS, busy_when_throttled, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class _Seen:
    """A profile and how often it was written; clients name no version, but two writers must not overtake."""

    profile: Profile
    version: int


class Profiles:
    """The profile of ``sub``."""

    def __init__(self, client: DynamoDBClient, table: str, sub: str) -> None:
        self.client, self.table, self.sub = client, table, sub

    def read(self, email: str) -> Profile:
        """The profile, made if there is none. ``email`` is that of the caller's token.

        Raises:
            Busy
        """
        return self._seen(email).profile

    def update(self, email: str, change: Callable[[Profile], ProfileIn]) -> Profile:
        """Change the profile; of simultaneous changes each sees the one before it.

        Raises:
            Busy
        """
        for attempt in range(ATTEMPTS):
            seen = self._seen(email)
            chosen = change(seen.profile).model_dump(include=set(ProfileIn.model_fields))
            changed = seen.profile.model_copy(update={**chosen, "updated_at": now()})
            if self._put(_Seen(changed, seen.version + 1)):
                return changed
            pause(attempt)
        raise Busy

    def _seen(self, email: str) -> _Seen:
        for _ in range(ATTEMPTS):
            item = one(self.client, self.table, self.sub, keys.PROFILE)
            if item is not None:
                return _Seen(read_profile(item, email), int(item["version"]["N"]))
            moment = now()
            fresh = _Seen(Profile(email=email, created_at=moment, updated_at=moment), version=1)
            if self._put(fresh):
                return fresh
        raise Busy

    def _put(self, wanted: _Seen) -> bool:
        """Write it as the successor of the version before; whether nobody else had written that one."""
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "version"},
        }
        if wanted.version > 1:
            condition["ConditionExpression"] = "#version = :before"
            condition["ExpressionAttributeValues"] = encode({":before": wanted.version - 1})
        item = profile_item(self.sub, wanted.profile, wanted.version)
        try:
            with busy_when_throttled():
                self.client.put_item(TableName=self.table, Item=item, **condition)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True
