"""The tags that identify a resource: its stack, region and address, and the fingerprint of the last complete change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stack.engine.model import Owner

STACK, ADDRESS, APPLIED = "expense-tracker:stack", "expense-tracker:address", "expense-tracker:applied"
REGION = "expense-tracker:region"


def owner_tags(owner: Owner) -> dict[str, str]:
    """The tags of a resource from its creation."""
    region = {REGION: owner.region} if owner.region else {}
    return {STACK: owner.stack, ADDRESS: owner.address, **region}


def stamp_tags(owner: Owner, applied: str) -> dict[str, str]:
    """The tags after a complete change; ``applied`` is the fingerprint of the properties."""
    return {**owner_tags(owner), APPLIED: applied}


def read_stamp(tags: Mapping[str, str]) -> tuple[Owner | None, str | None]:
    """Return the owner and the fingerprint in ``tags``, None for each that is missing."""
    if STACK not in tags or ADDRESS not in tags:
        return None, tags.get(APPLIED)
    return Owner(tags[STACK], tags[ADDRESS], tags.get(REGION, "")), tags.get(APPLIED)


def as_list(tags: Mapping[str, str]) -> list[Any]:
    """``[{"Key": …, "Value": …}]``, the form of tags in IAM, DynamoDB, S3, SNS and CloudWatch."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def from_list(tags: Iterable[Any]) -> dict[str, str]:
    """The inverse of ``as_list``."""
    return {tag["Key"]: tag["Value"] for tag in tags}
