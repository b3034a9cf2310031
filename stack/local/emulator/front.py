"""The ASGI application in front of MiniStack: health, readiness, snapshots, the alarms' clock, and no administration
from web pages.

An emulator that answers may still be empty. `/_stack/ready` is 503 until `stack up` has filled it and declares, by a
POST to the same path, that all of it works.

MiniStack's own administration (`/_ministack/reset` wipes everything) asks for no credentials. A program on this machine
may call it. A web page in a browser here may not: it is recognised by the `Origin` header, which browsers add to every
cross-site POST.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pinned import MINISTACK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from settings import Settings
    from snapshots import Snapshots
    from telemetry import Telemetry

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("stack.emulator")
ADMINISTRATION = ("/_stack/", "/_ministack/")
READING = ("/_stack/", "/_ministack/health", "/_ministack/ready", "/_localstack/health")
"""Paths whose requests change nothing, so that no snapshot is needed after them."""
LARGE_BYTES = 32 * 1024 * 1024
"""Of a journal of the telemetry that is shorter as a snapshot."""


class Front:
    """`inner`, with `/_stack/` `health`, `ready`, `snapshot`, `calls` and `alarm-clock` before it.

    `served` counts requests that may have changed something; `snapshots` and `telemetry` are None when MiniStack runs
    stock.
    """

    def __init__(self, inner: App, settings: Settings, started: float) -> None:
        self.inner = inner
        self.settings = settings
        self.started = started
        self.patches: tuple[str, ...] = ()
        self.snapshots: Snapshots | None = None
        self.telemetry: Telemetry | None = None
        self.calls: Callable[[], object] | None = None
        self.served = 0
        self.ready = False
        self._saved = 0
        self._pending: set[asyncio.Task[object]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer requests to our own paths, and pass on all others."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(ADMINISTRATION) and _from_a_browser(scope):
            await _answer(send, 403, {"detail": "Administration of the emulator is not for web pages."})
        elif path == "/_stack/health":
            await _answer(send, 200, self.health())
        elif path == "/_stack/ready":
            self.ready = self.ready or scope["method"] == "POST"
            await _answer(send, 200 if self.ready else 503, {"ready": self.ready})
        elif path == "/_stack/snapshot" and scope["method"] == "POST":
            await self._snapshot_now(send)
        elif path == "/_stack/calls" and self.calls:
            await _answer(send, 200, self.calls())
        elif path == "/_stack/alarm-clock":
            await self._alarm_clock(scope, send)
        else:
            self.served += not path.startswith(READING)
            await self.inner(scope, receive, send)

    async def _alarm_clock(self, scope: Scope, send: Send) -> None:
        """Return the speed of the alarms' clock, and change it first by `POST ?speed=60`."""
        if self.telemetry is None:
            await _answer(send, 409, {"detail": "MiniStack runs stock and has no clock for alarms."})
            return
        try:
            if scope["method"] == "POST":
                self.telemetry.hasten(float(parse_qs(scope["query_string"].decode()).get("speed", ["1"])[0]))
            await _answer(send, 200, {"speed": self.telemetry.speed, "measures": self.telemetry.measurements.on})
        except ValueError:
            await _answer(send, 400, {"detail": "speed must be a number: 1 to 60, or 0 to measure nothing."})

    def health(self) -> dict[str, object]:
        """Describe this emulator. An answer at all means that MiniStack has finished starting."""
        return {
            "nonce": self.settings.nonce,
            "pid": os.getpid(),
            "home": str(self.settings.home),
            "region": self.settings.region,
            "started": self.started,
            "version": MINISTACK,
            "stock": self.settings.stock,
            "patches": self.patches,
            "snapshot": None if self.snapshots is None else self.snapshots.number,
        }

    async def snapshot_rounds(self, every: float) -> None:
        """Take a snapshot every so many seconds, if a request was served since the last one or the journal is large."""
        while every > 0:
            await asyncio.sleep(every)
            if self.served != self._saved or (self.telemetry and self.telemetry.journal.bytes > LARGE_BYTES):
                await self.snapshot()

    def snapshot_soon(self) -> None:
        """Take a snapshot as soon as the loop gets to it. SIGUSR1 asks for this."""
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(self.snapshot())
        self._pending.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._pending.discard)

    async def snapshot(self) -> str | None:
        """Take a snapshot; None, or the reason why there is none."""
        if self.snapshots is None:
            return "MiniStack runs stock and saves its state only when it stops."
        served = self.served
        try:
            await self.snapshots.take()
        except OSError as error:
            logger.error("Cannot take a snapshot: %s. The one before stays.", error.strerror or error)  # noqa: TRY400
            return f"{error.strerror or error}. The one before stays."
        except Exception as error:
            logger.exception("Cannot take a snapshot. The one before stays.")
            return f"{type(error).__name__}: {error}. The one before stays."
        self._saved = served
        return None

    async def _snapshot_now(self, send: Send) -> None:
        begun = time.monotonic()
        failure = await self.snapshot()
        if failure is None and self.snapshots is not None:
            seconds = round(time.monotonic() - begun, 3)
            await _answer(send, 200, {"snapshot": self.snapshots.number, "seconds": seconds})
        else:
            await _answer(send, 409 if self.settings.stock else 500, {"detail": failure})


def _from_a_browser(scope: Scope) -> bool:
    return any(name.lower() == b"origin" for name, _ in scope["headers"])


async def _answer(send: Send, status: int, document: object) -> None:
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
