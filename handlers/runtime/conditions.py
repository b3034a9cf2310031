"""Conditional requests (RFC 9110, section 13) and idempotency keys: what the headers ask for."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from handlers.runtime.refusal import wrong

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"\s*(?:{_TAG})(?:\s*,\s*{_TAG})*\s*")
_EACH = re.compile(r'(W/)?"([^"]*)"')
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


def versions(if_match: str | None) -> frozenset[int]:
    """The versions that ``If-Match`` accepts. Weak tags match nothing: the comparison is strong (13.1.1).

    Raises:
        ProblemError: 428 without the header, 400 for a malformed one or ``*``, which overwrites what nobody saw.
    """
    if if_match is None:
        raise wrong(428, "/header/If-Match", "if_match_required", "Send the entity tag of the version you change.")
    if if_match.strip() == "*":
        detail = "`*` would overwrite a version you have not seen. Send the entity tag of the one you change."
        raise wrong(400, "/header/If-Match", "if_match_any", detail)
    if not _TAGS.fullmatch(if_match):
        raise wrong(400, "/header/If-Match", "malformed_if_match", 'Send entity tags, such as "3".')
    strong = (tag for weak, tag in _EACH.findall(if_match) if not weak)
    return frozenset(int(tag) for tag in strong if _VERSION.fullmatch(tag))


def is_cached(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has this version already, by the weak comparison (13.1.2)."""
    if if_none_match is None:
        return False
    held = {f'"{tag}"' for _, tag in _EACH.findall(if_none_match)}
    return if_none_match.strip() == "*" or etag in held


def checked_key(key: str | None) -> str | None:
    """The idempotency key, or None without one.

    Raises:
        ProblemError: 400 for one that is empty, too long or not printable ASCII.
    """
    if key is not None and (not _KEY.fullmatch(key) or not key.strip()):
        detail = "An Idempotency-Key is 1 to 255 printable ASCII characters."
        raise wrong(400, "/header/Idempotency-Key", "malformed_idempotency_key", detail)
    return key


def fingerprint(operation: str, document: Any) -> str:
    """What a request asks for, whatever the order of its members and its spacing."""
    canonical = json.dumps([operation, document], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
