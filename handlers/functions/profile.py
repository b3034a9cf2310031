"""The function of the profile's routes."""

from __future__ import annotations

import os
import time

from handlers.contract.erasure import Erasure
from handlers.contract.profile import ProfilePatch
from handlers.contract.query import ClosingQuery, Query
from handlers.contract.request_id import ATTRIBUTE
from handlers.contract.settings import ProfileSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.request import AnyRequest, PlainRequest, Request, check_fresh_login
from handlers.store.account.closing import close
from handlers.store.account.profiles import Profiles
from handlers.store.client import dynamodb, sqs
from handlers.store.table.partition import Partition

SETTINGS = ProfileSettings.read(os.environ)


def get_profile(request: PlainRequest) -> Answer:
    """The profile; its first use creates it."""
    return answer(200, _profiles(request).read(request.caller.email))


def update_profile(request: Request[ProfilePatch, Query]) -> Answer:
    """Change the profile; without If-Match, since each change applies to the one before it."""
    return answer(200, _profiles(request).update(request.caller.email, request.body.applied_to))


def close_account(request: Request[None, ClosingQuery]) -> Answer:
    """Send the message that asks for the erasure, then close the account.

    The order matters: the eraser closes the account as well. A crash between the two leaves an account that the
    eraser will close, never a closed one that nobody erases.
    """
    check_fresh_login(request.event, time.time())
    sub = request.caller.sub
    sqs().send_message(
        QueueUrl=SETTINGS.erasures_url,
        MessageBody=Erasure(sub=sub).model_dump_json(),
        MessageAttributes={ATTRIBUTE: {"DataType": "String", "StringValue": request.id}},
    )
    close(dynamodb(), SETTINGS.table_name, sub)
    return answer(202)


def _profiles(request: AnyRequest) -> Profiles:
    return Profiles(Partition(dynamodb(), SETTINGS.table_name, request.caller.sub))


handler = serve(
    "profile",
    SETTINGS,
    {"get_profile": get_profile, "update_profile": update_profile, "close_account": close_account},
)
