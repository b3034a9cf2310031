"""Who answers on a port, asked over HTTP: nothing here needs boto3."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

# A proxy in the environment must not be asked for an address on this machine.
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Health:
    """What an emulator says of itself."""

    nonce: str
    pid: int
    home: str
    region: str
    started: float
    version: str
    stock: bool
    patches: tuple[str, ...]
    snapshot: int | None


def ask(endpoint_url: str, seconds: float = 2.0) -> Health | None:
    """The health of our emulator at this address, or None when nobody, or somebody else, answers there."""
    try:
        with open_url(f"{endpoint_url}/_stack/health", timeout=seconds) as answer:
            document: dict[str, Any] = json.load(answer)
        return Health(**{**document, "patches": tuple(document["patches"])})
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        return None


def is_ready(endpoint_url: str, seconds: float = 2.0) -> bool:
    """Whether what answers there has all that it is meant to have: provisioned, seeded, a login works."""
    try:
        with open_url(f"{endpoint_url}/_stack/ready", timeout=seconds):
            return True
    except (OSError, http.client.HTTPException):
        return False


def declare_ready(endpoint_url: str, seconds: float = 5.0) -> None:
    """Tell the emulator that all of it works, so that it can tell others."""
    with open_url(urllib.request.Request(f"{endpoint_url}/_stack/ready", method="POST"), timeout=seconds):  # noqa: S310
        return


def taken(host: str, port: int) -> bool:
    """Whether a program listens there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0  # noqa: S104


def request_snapshot(endpoint_url: str, seconds: float = 60.0) -> tuple[int, dict[str, Any]]:
    """Ask for a snapshot and wait until it is on disk: HTTP status and document."""
    request = urllib.request.Request(f"{endpoint_url}/_stack/snapshot", method="POST")  # noqa: S310  (always http)
    try:
        with open_url(request, timeout=seconds) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
