"""The vocabulary of IAM: who may do what to which resource, as data.

A grant names exact actions on exact resources. ``*`` as a resource needs a written ``reason``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stack.engine.model import Ref


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow. Actions and resources are sorted, so that the same grant has one spelling."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str | Ref, ...]
    effect: str = "Allow"
    condition: str = ""


def allow(sid: str, actions: tuple[str, ...], resources: tuple[str | Ref, ...], *, reason: str = "") -> Statement:
    """An Allow of ``actions`` on ``resources``.

    Raises:
        ValueError: a wildcard action, or the resource ``*`` without a ``reason``.
    """
    if any("*" in action for action in actions):
        raise ValueError(f"{sid}: name the actions one by one, without *")
    if "*" in resources and not reason:
        raise ValueError(f"{sid}: the resource * needs a written reason")
    return Statement(sid, tuple(sorted(actions)), tuple(sorted(resources, key=str)))


def items(sid: str, table_arn: str, *operations: str) -> Statement:
    """DynamoDB ``operations`` (``GetItem``, ``PutItem`` …) on the items of a table."""
    return allow(sid, tuple(f"dynamodb:{operation}" for operation in operations), (table_arn,))


def index(sid: str, table_arn: str, index_name: str) -> Statement:
    """Queries of one index of a table."""
    return allow(sid, ("dynamodb:Query",), (f"{table_arn}/index/{index_name}",))


def send(queue_arn: str) -> Statement:
    """To put messages into a queue."""
    return allow("Send", ("sqs:SendMessage",), (queue_arn,))


def receive(queue_arn: str) -> Statement:
    """What Lambda needs, in the function's name, to hand it the messages of a queue."""
    return allow("Receive", ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), (queue_arn,))


def list_versions(bucket_arn: str) -> Statement:
    """To find every version in a bucket, and the marks of deleted objects."""
    return allow("ListVersions", ("s3:ListBucketVersions",), (bucket_arn,))


def delete_versions(bucket_arn: str, *prefixes: str) -> Statement:
    """To remove versions for good, under some prefixes.

    DeleteObjects always asks for ``s3:DeleteObject`` as well:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    objects = tuple(f"{bucket_arn}/{each}*" for each in prefixes)
    return allow("DeleteVersions", ("s3:DeleteObject", "s3:DeleteObjectVersion"), objects)


def delete_users(pool_arn: str | Ref) -> Statement:
    """To delete users of a pool."""
    return allow("DeleteUsers", ("cognito-idp:AdminDeleteUser",), (pool_arn,))


def objects(sid: str, bucket_arn: str, prefixes: tuple[str, ...], *operations: str) -> Statement:
    """S3 ``operations`` (``GetObject``, ``PutObject`` …) on the objects of a bucket under ``prefixes``."""
    under = tuple(f"{bucket_arn}/{prefix}*" for prefix in prefixes)
    return allow(sid, tuple(f"s3:{operation}" for operation in operations), under)


def write_logs(log_group_arn: str) -> Statement:
    """What a function needs to write to its own log group, which exists already."""
    return allow("WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), (f"{log_group_arn}:*",))


def document(policy: tuple[Statement, ...]) -> dict[str, Any]:
    """The policy document AWS takes."""
    return {"Version": "2012-10-17", "Statement": [_statement(each) for each in policy]}


def statements(policy: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Read a policy document back, in the order AWS keeps, each list sorted."""
    found = policy.get("Statement", [])
    return tuple(_read(each, at) for at, each in enumerate(found if isinstance(found, list) else [found]))


def _statement(each: Statement) -> dict[str, Any]:
    return {
        "Sid": each.sid,
        "Effect": each.effect,
        "Action": list(each.actions),
        "Resource": list(each.resources),
    }


def _read(each: Mapping[str, Any], at: int) -> Statement:
    rest = {key: value for key, value in each.items() if key not in {"Sid", "Effect", "Action", "Resource"}}
    return Statement(
        sid=each.get("Sid", f"#{at}"),
        actions=_strings(each.get("Action", ())),
        resources=_strings(each.get("Resource", ())),
        effect=each["Effect"],
        condition=str(rest) if rest else "",
    )


def _strings(value: str | list[str]) -> tuple[str, ...]:
    return tuple(sorted([value] if isinstance(value, str) else value))
