"""Requests to the emulator's own paths, over plain HTTP: nothing here needs boto3."""

from __future__ import annotations

import dataclasses
import http.client
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from stack.local.failure import EmulatorError

# Without the proxy of the environment, which cannot reach an address on this machine.
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Health:
    """The emulator's answer about itself."""

    nonce: str
    pid: int
    home: str
    region: str
    started: float
    version: str
    stock: bool
    patches: tuple[str, ...]
    snapshot: int | None


FIELDS = frozenset(field.name for field in dataclasses.fields(Health))


def ask(endpoint_url: str, seconds: float = 2.0) -> Health | None:
    """Return the health of our emulator at this address; None when no program answers there, or another one."""
    try:
        with open_url(f"{endpoint_url}/_stack/health", timeout=seconds) as answer:
            document: dict[str, Any] = json.load(answer)
        known = {name: value for name, value in document.items() if name in FIELDS}
        return Health(**{**known, "patches": tuple(document["patches"])})
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError, AttributeError):
        return None


def is_ready(endpoint_url: str, seconds: float = 2.0) -> bool:
    """Whether the emulator at this address is complete: provisioned, seeded, and a login works."""
    try:
        with open_url(f"{endpoint_url}/_stack/ready", timeout=seconds):
            return True
    except (OSError, http.client.HTTPException):
        return False


def declare_ready(endpoint_url: str, seconds: float = 5.0) -> None:
    """Let the emulator know that it is complete, so that it can answer so.

    Raises:
        EmulatorError: it did not take the message.
    """
    request = urllib.request.Request(f"{endpoint_url}/_stack/ready", method="POST")  # noqa: S310  (always http)
    try:
        with open_url(request, timeout=seconds):
            return
    except (OSError, http.client.HTTPException) as error:
        raise EmulatorError(
            f"Cannot declare the emulator at {endpoint_url} ready: {error or type(error).__name__}. "
            "See its log, emulator.log in the home folder, and run `stack up` again."
        ) from error


def taken(host: str, port: int) -> bool:
    """Whether a program listens there. An address that does not exist is not taken, and refused when bound to."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        try:
            return probe.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0  # noqa: S104
        except OSError:
            return False


def request_snapshot(endpoint_url: str, seconds: float = 60.0) -> tuple[int, dict[str, Any]]:
    """Ask for a snapshot and wait until it is on disk; the HTTP status and document of the answer."""
    request = urllib.request.Request(f"{endpoint_url}/_stack/snapshot", method="POST")  # noqa: S310  (always http)
    try:
        with open_url(request, timeout=seconds) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
