"""The decisions of the emulator's IAM: caller, action and answer (``/_stack/calls``)."""

from __future__ import annotations

from dataclasses import dataclass

import httpx


@dataclass(frozen=True, order=True)
class Call:
    """One distinct question: may this action be done to this resource?"""

    action: str
    resource: str
    allowed: bool


def calls_of(endpoint_url: str, principal: str) -> set[Call]:
    """Those of the principals whose ARN has ``principal`` in it: ``role/name``, ``user/name``."""
    document = httpx.get(f"{endpoint_url}/_stack/calls", timeout=120).json()
    assert document["complete"], "more distinct calls were made than the emulator keeps"
    return {
        Call(each["action"], each["resource"], each["allowed"])
        for each in document["calls"]
        if principal in f"{each['principal']}/"
    }
