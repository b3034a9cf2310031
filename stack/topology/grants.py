"""The permissions of the functions, one builder for each use: exact actions on exact resources.

The resource ``*`` needs a written ``reason``.
"""

from __future__ import annotations

from stack.engine.model import Ref
from stack.kinds.policy import Statement


def allow(sid: str, actions: tuple[str, ...], resources: tuple[str | Ref, ...], *, reason: str = "") -> Statement:
    """Allow ``actions`` on ``resources``.

    Raises:
        ValueError: a wildcard action, or the resource ``*`` without a ``reason``.
    """
    if any("*" in action for action in actions):
        raise ValueError(f"{sid}: name the actions one by one, without *")
    if "*" in resources and not reason:
        raise ValueError(f"{sid}: the resource * needs a written reason")
    return Statement(sid, tuple(sorted(actions)), tuple(sorted(resources, key=str)))


def items(sid: str, table_arn: str, *operations: str) -> Statement:
    """Allow DynamoDB ``operations`` (``GetItem``, ``PutItem`` …) on the items of a table."""
    return allow(sid, tuple(f"dynamodb:{operation}" for operation in operations), (table_arn,))


def index(sid: str, table_arn: str, index_name: str) -> Statement:
    """Allow queries of one index of a table."""
    return allow(sid, ("dynamodb:Query",), (f"{table_arn}/index/{index_name}",))


def send(queue_arn: str) -> Statement:
    """Allow sending messages to a queue."""
    return allow("Send", ("sqs:SendMessage",), (queue_arn,))


def receive(queue_arn: str) -> Statement:
    """Allow Lambda to poll a queue with the function's role."""
    return allow("Receive", ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), (queue_arn,))


def list_versions(bucket_arn: str) -> Statement:
    """Allow listing the object versions and delete markers of a bucket."""
    return allow("ListVersions", ("s3:ListBucketVersions",), (bucket_arn,))


def delete_versions(bucket_arn: str, *prefixes: str) -> Statement:
    """Allow deleting object versions under some prefixes.

    DeleteObjects needs ``s3:DeleteObject`` too:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    objects = tuple(f"{bucket_arn}/{each}*" for each in prefixes)
    return allow("DeleteVersions", ("s3:DeleteObject", "s3:DeleteObjectVersion"), objects)


def delete_users(pool_arn: str | Ref) -> Statement:
    """Allow deleting users of a pool."""
    return allow("DeleteUsers", ("cognito-idp:AdminDeleteUser",), (pool_arn,))


def objects(sid: str, bucket_arn: str, prefixes: tuple[str, ...], *operations: str) -> Statement:
    """Allow S3 ``operations`` (``GetObject``, ``PutObject`` …) on the objects of a bucket under ``prefixes``."""
    under = tuple(f"{bucket_arn}/{prefix}*" for prefix in prefixes)
    return allow(sid, tuple(f"s3:{operation}" for operation in operations), under)


def write_logs(log_group_arn: str) -> Statement:
    """Allow a function to write to its own log group, which exists already."""
    return allow("WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), (f"{log_group_arn}:*",))
