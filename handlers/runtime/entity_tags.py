"""Conditional requests by entity tags (RFC 9110, 8.8.3 and 13.1); ours is ``"<version>"``, always strong."""

from __future__ import annotations

import re

from handlers.runtime.problems import MALFORMED_HEADER, NO_PRECONDITION, Refused

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\uffff]*"'
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')


def required_versions(if_match: str | None) -> frozenset[int]:
    """The versions a change may be made from; none when no tag is one of ours: then nothing matches.

    A weak tag never matches here (13.1.1). ``*`` is refused: it would overwrite whatever is there, unseen.

    Raises:
        Refused: 428 without the header, 400 where it is malformed or ``*``.
    """
    if if_match is None:
        raise Refused(NO_PRECONDITION.at("/header/If-Match"))
    if if_match.strip() == "*":
        raise Refused(
            MALFORMED_HEADER.at(
                "/header/If-Match", "any_version", "Name the version you have seen instead of *."
            )
        )
    if not _LIST.fullmatch(if_match):
        detail = 'Send entity tags in double quotes, such as "3".'
        raise Refused(MALFORMED_HEADER.at("/header/If-Match", "malformed_entity_tag", detail))
    matches = (_VERSION.fullmatch(tag) for tag in re.findall(_TAG, if_match))
    return frozenset(int(match[1]) for match in matches if match)


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the client has ``etag`` already; weak tags compare as strong ones do (13.1.2)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    tags = re.findall(_TAG, if_none_match) if _LIST.fullmatch(if_none_match) else []
    return etag in {tag.removeprefix("W/") for tag in tags}
