"""Cross-origin rules: one origin, written here once for preflights and for the gateway's own refusals.

The functions add the same origin to their answers; it reaches them through their settings.
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


def refusal(origin: str) -> dict[str, str]:
    """The headers with which a page may read a refusal made by the gateway itself."""
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After,X-Amzn-RequestId",
        "Vary": "Origin",
    }
