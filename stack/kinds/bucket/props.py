"""The properties of a bucket, one for each of its settings in S3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stack.engine.model import Ref

OWNERSHIP = "BucketOwnerEnforced"
TLS_ONLY = "TLS only"


@dataclass(frozen=True, slots=True)
class CorsRule:
    """A CORS rule for the pages of one origin. ``max_age`` in seconds."""

    origin: str
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposes: tuple[str, ...] = ()
    max_age: int = 3600


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """Days until S3 deletes objects, noncurrent versions and unfinished uploads under ``prefix``; 0 for never.

    ``undeclared`` is declared empty: conditions and transitions that others made are drift.
    """

    name: str
    prefix: str = ""
    expire_days: int = 0
    old_version_days: int = 0
    unfinished_upload_days: int = 0
    undeclared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """S3 invokes ``function`` (alias ARN) for new objects under ``prefix``; ``permitted`` is False only when read.

    It is also False while others may invoke the function.
    """

    prefix: str
    function: str | Ref
    permitted: bool = True


@dataclass(frozen=True, slots=True)
class BucketProps:
    """``private`` blocks public ACLs and policies. ``policy`` is empty, or ``TLS_ONLY``, which refuses plain HTTP.

    ``copies`` is declared empty: a replication that others made, by the ARN of its target, is drift.
    """

    cors: tuple[CorsRule, ...] = ()
    lifecycle: tuple[LifecycleRule, ...] = ()
    notifies: tuple[Notification, ...] = ()
    versioned: bool = True
    encryption: str = "AES256"
    private: bool = True
    ownership: str = OWNERSHIP
    policy: str = TLS_ONLY
    copies: Mapping[str, str] = field(default_factory=dict)


def bucket_arn(name: str) -> str:
    """The ARN of a bucket, which contains neither account nor region."""
    return f"arn:aws:s3:::{name}"
