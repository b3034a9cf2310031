"""The answer to a preflight request: which origin may call, with which methods and headers.

All other answers carry the headers of ``handlers.contract.refusals.common_headers``.
"""

from __future__ import annotations

from collections.abc import Iterable

REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
MAX_AGE = "7200"
"""Seconds that a browser may remember a preflight; Chromium's limit."""


def preflight(origin: str, verbs: Iterable[str]) -> dict[str, str]:
    """The headers of an answer to ``OPTIONS`` (https://fetch.spec.whatwg.org/#http-cors-protocol)."""
    return {
        "Access-Control-Allow-Headers": ",".join(REQUEST_HEADERS),
        "Access-Control-Allow-Methods": ",".join(sorted({*verbs, "OPTIONS"})),
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Max-Age": MAX_AGE,
        "Vary": "Origin",
    }
