"""Profiles. The first use creates one, so that no trigger of Cognito is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.contract.profile import Profile, ProfileIn
from handlers.domain.moment import now
from handlers.store import keys
from handlers.store.errors import Busy, Conflict
from handlers.store.table.attributes import Item, decode, encode
from handlers.store.table.partition import Partition
from handlers.store.table.transaction import ATTEMPTS, pause


@dataclass(frozen=True, slots=True)
class _Versioned:
    """A profile and the number of its writes. Clients see no version; it keeps two writers apart."""

    profile: Profile
    version: int


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile in one partition."""

    partition: Partition

    def read(self, email: str) -> Profile:
        """The profile; it is created if there is none. ``email`` comes from the caller's token.

        Raises:
            Busy
        """
        return self._read(email).profile

    def update(self, email: str, change: Callable[[Profile], ProfileIn]) -> Profile:
        """Change the profile; of simultaneous changes, each applies to the result of the one before it.

        Raises:
            Busy
        """
        for attempt in range(ATTEMPTS):
            read = self._read(email)
            chosen = change(read.profile).model_dump(include=set(ProfileIn.model_fields))
            changed = read.profile.model_copy(update={**chosen, "updated_at": now()})
            if self._put(_Versioned(changed, read.version + 1)):
                return changed
            pause(attempt)
        raise Busy

    def _read(self, email: str) -> _Versioned:
        for _ in range(ATTEMPTS):
            item = self.partition.item(keys.PROFILE)
            if item is not None:
                return _Versioned(read_profile(item, email), int(item["version"]["N"]))
            moment = now()
            fresh = _Versioned(Profile(email=email, created_at=moment, updated_at=moment), version=1)
            if self._put(fresh):
                return fresh
        raise Busy

    def _put(self, wanted: _Versioned) -> bool:
        """Write it, if the table still has the version before; whether it did."""
        item = profile_item(self.partition.sub, wanted.profile, wanted.version)
        if wanted.version == 1:
            step = self.partition.put(item, "attribute_not_exists(#version)")
        else:
            step = self.partition.put(item, "#version = :before", before=wanted.version - 1)
        try:
            self.partition.write(step)
        except Conflict:
            return False
        return True


def profile_item(sub: str, profile: Profile, version: int) -> Item:
    """A profile without its e-mail address, which stays in Cognito and comes with each token."""
    return encode({**keys.primary(sub, keys.PROFILE), "version": version, **profile.model_dump(exclude={"email"})})


def read_profile(item: Mapping[str, Any], email: str) -> Profile:
    """The inverse of ``profile_item``."""
    values = {name: value for name, value in decode(item).items() if name in Profile.model_fields}
    return Profile.model_construct(**{"display_name": None, **values, "email": email})
