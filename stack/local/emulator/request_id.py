"""One request id, as on AWS: in the event, in `x-amzn-requestid` and in the gateway's own answers.

Stock MiniStack draws a new id for each of the three, so that a problem's `instance` leads to no log line.
"""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ministack.services import apigateway_v1
from pinned import require, require_parameters

if TYPE_CHECKING:
    from front import App, Message, Receive, Scope, Send

PATCH = "one request id"
PATH = re.compile(r"^/(_aws/execute-api/[^/]+/|restapis/[^/]+/[^/]+/_user_request_)")
HOST = re.compile(rb"^[0-9a-z]+\.execute-api\.")
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def apply() -> None:
    """Let API Gateway use the id of the present request wherever it would draw a new one."""
    require_parameters(apigateway_v1.new_uuid, (), PATCH)
    require(
        {"new_uuid"} <= set(apigateway_v1._handle_execute_in_scope.__code__.co_names),
        PATCH,
        "_handle_execute_in_scope draws the request's id from new_uuid",
    )
    draw = apigateway_v1.new_uuid
    apigateway_v1.new_uuid = lambda: REQUEST_ID.get() or draw()


def unified(inner: App) -> App:
    """Wrap `inner`: a request to a deployed API has one id, and the answer carries it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not _for_a_deployed_api(scope):
            await inner(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        REQUEST_ID.set(request_id)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message["headers"] if header[0].lower() != b"x-amzn-requestid"]
                message = {**message, "headers": [*kept, (b"x-amzn-requestid", request_id.encode())]}
            await send(message)

        await inner(scope, receive, answer)

    return app


def _for_a_deployed_api(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    if PATH.match(scope["path"]):
        return True
    return any(name == b"host" and HOST.match(value) for name, value in scope["headers"])
