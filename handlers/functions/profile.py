"""The function of the profile's routes."""

from __future__ import annotations

import os
import time

from handlers.contract.erasure import Erasure
from handlers.contract.profile import patched_profile
from handlers.contract.settings import ProfileSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import Request, check_fresh_login
from handlers.store.client import dynamodb, sqs
from handlers.store.closing import close
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


def close_account(request: Request) -> Answer:
    """Ask for the erasing, then close the account.

    In this order, since whoever is told to erase closes the account first: a crash between the two leaves one that
    is about to be closed, never one that is closed and kept for ever.
    """
    check_fresh_login(request.event, time.time())
    sub = request.caller.sub
    sqs().send_message(QueueUrl=SETTINGS.erasures_url, MessageBody=Erasure(sub=sub).model_dump_json())
    close(dynamodb(), SETTINGS.table_name, sub)
    return answer(202)


def _profiles(request: Request) -> Profiles:
    return Profiles(dynamodb(), SETTINGS.table_name, request.caller.sub)


handler = serve(
    "profile",
    SETTINGS,
    {"get_profile": get_profile, "update_profile": update_profile, "close_account": close_account},
)
