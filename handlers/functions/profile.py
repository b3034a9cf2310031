"""The function of the profile's routes."""

from __future__ import annotations

import os

from handlers.contract.profile import patched_profile
from handlers.contract.settings import ProfileSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import Request
from handlers.store.client import dynamodb
from handlers.store.profiles import Profiles

SETTINGS = ProfileSettings.read(os.environ)


def get_profile(request: Request) -> Answer:
    """The profile, made on first use."""
    return answer(200, _profiles(request).read(request.caller.email))


def update_profile(request: Request) -> Answer:
    """Change the profile; without If-Match, since each change applies to the one before it."""
    changed = _profiles(request).update(
        request.caller.email, lambda current: patched_profile(current, request.document)
    )
    return answer(200, changed)


def _profiles(request: Request) -> Profiles:
    return Profiles(dynamodb(), SETTINGS.table_name, request.caller.sub)


handler = serve("profile", SETTINGS, {"get_profile": get_profile, "update_profile": update_profile})
