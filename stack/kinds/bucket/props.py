"""What a bucket is made of: each setting is a document of its own in S3, and a property here."""

from __future__ import annotations

from dataclasses import dataclass

from stack.engine.model import Ref

OWNERSHIP = "BucketOwnerEnforced"
TLS_ONLY = "TLS only"


@dataclass(frozen=True, slots=True)
class CorsRule:
    """Which pages may do what, and which headers of an answer they may read. ``max_age`` in seconds."""

    origin: str
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposes: tuple[str, ...] = ()
    max_age: int = 3600


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """Under ``prefix``: days until objects expire, until old versions do, until unfinished uploads are given up."""

    name: str
    prefix: str = ""
    expire_days: int = 0
    old_version_days: int = 0
    unfinished_upload_days: int = 0


@dataclass(frozen=True, slots=True)
class Notification:
    """Each object made under ``prefix`` invokes ``function`` (an alias ARN); ``permitted`` is False only when read."""

    prefix: str
    function: str | Ref
    permitted: bool = True


@dataclass(frozen=True, slots=True)
class BucketProps:
    """``private``: no ACL and no policy can open it. ``policy`` is ``TLS_ONLY``, which refuses plain HTTP, or empty."""

    cors: tuple[CorsRule, ...] = ()
    lifecycle: tuple[LifecycleRule, ...] = ()
    notifies: tuple[Notification, ...] = ()
    versioned: bool = True
    encryption: str = "AES256"
    private: bool = True
    ownership: str = OWNERSHIP
    policy: str = TLS_ONLY


def bucket_arn(name: str) -> str:
    """The ARN of a bucket, which names neither account nor region."""
    return f"arn:aws:s3:::{name}"
