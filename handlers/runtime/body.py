"""The body of a request, from bytes to a document: strict where JSON is loose (RFC 8259, 4 and 8)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from handlers.contract.problem import pointer
from handlers.contract.refusals import TOO_LARGE, unsupported_media_type
from handlers.contract.routes import JSON, MAX_BODY
from handlers.runtime.refusal import ProblemError, wrong

_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*((?:;[^;]*)*)")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)"?', re.IGNORECASE)


def parse_document(body: str | None, *, is_base64: bool, content_type: str | None, accepted: tuple[str, ...]) -> Any:
    """The JSON document of a body.

    Raises:
        ProblemError: 415 for another media type or character set, 413 above ``MAX_BODY`` bytes, 400 for no JSON.
    """
    check_media_type(content_type, accepted)
    text = _text(body or "", is_base64=is_base64)
    if not text.strip():
        raise wrong(400, "", "missing_body", "Send a JSON document.")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise wrong(400, "", "malformed_json", "The body is not a JSON document.") from error


def check_media_type(content_type: str | None, accepted: tuple[str, ...]) -> None:
    """Take one of the ``accepted`` media types in UTF-8; none named means JSON.

    Raises:
        ProblemError: 415.
    """
    match = _MEDIA_TYPE.fullmatch(content_type or JSON)
    charset = _CHARSET.search(match[2]) if match else None
    right = match is not None and match[1].lower() in accepted
    if not right or (charset and charset[1].lower() not in {"utf-8", "utf8"}):
        raise ProblemError(unsupported_media_type(accepted))


def _text(body: str, *, is_base64: bool) -> str:
    try:
        raw = base64.b64decode(body, validate=True) if is_base64 else body.encode()
        text = raw.decode()
    except (UnicodeError, binascii.Error) as error:
        raise _not_utf8() from error
    if len(raw) > MAX_BODY:
        raise ProblemError(TOO_LARGE)
    if "\ufffd" in text:  # what a gateway makes of bytes that are no UTF-8
        raise _not_utf8()
    return text


def _not_utf8() -> ProblemError:
    return wrong(400, "", "not_utf8", "The body is not UTF-8.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with every member once; which of two would count, RFC 8259 leaves open."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if any(0xD800 <= ord(character) <= 0xDFFF for character in name):  # noqa: PLR2004 (surrogates)
            raise wrong(400, "", "not_text", "A member's name is no text.")
        if name in members:
            raise wrong(400, pointer([name]), "repeated_member", "This member is there twice.")
        members[name] = value
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
