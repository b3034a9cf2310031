"""The three tags by which a resource is found again: whose it is, which one it is, and what was last applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stack.engine.model import Owner

STACK, ADDRESS, APPLIED = "expense-tracker:stack", "expense-tracker:address", "expense-tracker:applied"


def owner_tags(owner: Owner) -> dict[str, str]:
    """The tags a resource carries from its creation."""
    return {STACK: owner.stack, ADDRESS: owner.address}


def stamp_tags(owner: Owner, applied: str) -> dict[str, str]:
    """The tags it carries once a change is complete; ``applied`` is the fingerprint of its properties."""
    return {**owner_tags(owner), APPLIED: applied}


def read_stamp(tags: Mapping[str, str]) -> tuple[Owner | None, str | None]:
    """Return the owner and the fingerprint that ``tags`` tell, or None for each that is missing."""
    owner = Owner(tags[STACK], tags[ADDRESS]) if STACK in tags and ADDRESS in tags else None
    return owner, tags.get(APPLIED)


def as_list(tags: Mapping[str, str]) -> list[Any]:
    """``[{"Key": …, "Value": …}]``, as IAM, DynamoDB and S3 spell tags."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def from_list(tags: Iterable[Any]) -> dict[str, str]:
    """The inverse of ``as_list``."""
    return {tag["Key"]: tag["Value"] for tag in tags}
