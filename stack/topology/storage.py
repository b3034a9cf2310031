"""The table, the buckets, the queues and the users: all that outlives a deployment."""

from __future__ import annotations

from typing import Any

from handlers.contract.names import BY_DATE, EXPIRES_AT, PARTITION_KEY, SORT_KEY, UPLOADS
from stack.engine.model import Desired, Ref
from stack.kinds.bucket.props import TLS_ONLY, BucketProps, CorsRule, LifecycleRule, Notification
from stack.kinds.queue import QueueProps
from stack.kinds.table import LocalIndex, TableProps
from stack.kinds.user_pool.props import PasswordPolicy, UserPoolClient, UserPoolProps
from stack.target.target import Target
from stack.topology.addresses import DEAD_LETTERS, ERASURES, POOL, RECEIPTS, TABLE, WEB
from stack.topology.options import Options

DAY_SECONDS = 24 * 60 * 60
ERASE_AGAIN_SECONDS = 90
"""The visibility timeout of an erasure. SQS delivers it again after that; no run may still work on it then."""
MAX_ERASE_RECEIVES = 30
"""Receives of an erasure before it becomes a dead letter: 45 minutes, or more than a million rows."""


def table(target: Target) -> Desired[Any]:
    """The one table."""
    props = TableProps(
        partition_key=PARTITION_KEY,
        sort_key=SORT_KEY,
        local_indexes=(LocalIndex(BY_DATE, BY_DATE),),
        ttl_attribute=EXPIRES_AT,
        point_in_time_recovery=True,
        deletion_protection=True,
    )
    return Desired(TABLE, target.named("data"), props)


def users(target: Target, options: Options) -> Desired[Any]:
    """The user pool with its app client."""
    flows: tuple[str, ...] = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH")
    if target.is_emulator:
        flows = (*flows, "ALLOW_USER_PASSWORD_AUTH")  # for logins with curl; never on AWS
    props = UserPoolProps(
        sign_in=("email",),
        verified=("email",),
        case_sensitive=False,
        password=PasswordPolicy(minimum_length=12),
        recovery=("verified_email",),
        mfa="OPTIONAL",
        totp=True,
        deletion_protection=True,
        email_from=options.email_from,
        email_arn=options.email_arn,
        client=UserPoolClient(
            flows=tuple(sorted(flows)),
            id_token_minutes=60,
            access_token_minutes=60,
            refresh_token_days=30,
            write_attributes=("email",),
        ),
    )
    return Desired(POOL, target.named("users"), props)


def buckets(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """One bucket for receipts, with a prefix for each state of a file, and one for the web client."""
    policy = "" if target.is_emulator else TLS_ONLY  # an emulator serves plain HTTP
    tidy = LifecycleRule("tidy", old_version_days=7, unfinished_upload_days=1)
    receipts = BucketProps(
        cors=(CorsRule(options.web_origin, ("GET", "POST"), headers=("*",), exposes=("ETag",)),),
        lifecycle=(tidy, LifecycleRule("uploads", UPLOADS, expire_days=1)),
        notifies=(Notification(UPLOADS, Ref("function.processor", "alias_arn")),),
        policy=policy,
    )
    web = BucketProps(lifecycle=(tidy,), policy=policy)
    return Desired(RECEIPTS, target.bucket("receipts"), receipts), Desired(WEB, target.bucket("web"), web)


def queues(target: Target) -> tuple[Desired[Any], ...]:
    """The queue of accounts to erase, and the queue of dead letters."""
    erasures = QueueProps(
        visibility=ERASE_AGAIN_SECONDS,
        retention=14 * DAY_SECONDS,
        dead_letters=Ref(DEAD_LETTERS, "arn"),
        max_receives=MAX_ERASE_RECEIVES,
    )
    dead_letters = QueueProps(visibility=30, retention=14 * DAY_SECONDS)
    return (
        Desired(DEAD_LETTERS, target.named("dead-letters"), dead_letters),
        Desired(ERASURES, target.named("erasures"), erasures),
    )
