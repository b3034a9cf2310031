"""The notifications of a bucket to functions, with the permissions that S3 needs to invoke them.

S3 refuses a notification while it may not invoke the function: the permission therefore belongs to the bucket and is
written first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stack.errors import retry_on
from stack.kinds.bucket.props import BucketProps, Notification, bucket_arn
from stack.kinds.permissions import foreign, permit, statements, withdraw
from stack.kinds.role import SPREADING

if TYPE_CHECKING:
    from stack.target.target import Target


CREATED = "s3:ObjectCreated:*"


def read_notifications(target: Target, name: str) -> tuple[Notification, ...]:
    """The notifications by prefix, with those to queues and topics, which are never declared."""
    found = target.client("s3").get_bucket_notification_configuration(Bucket=name)
    read = [
        Notification(_when(each), each["LambdaFunctionArn"], _permitted(target, name, each["LambdaFunctionArn"]))
        for each in found.get("LambdaFunctionConfigurations", [])
    ]
    others = [
        Notification(_when(each), each.get("QueueArn") or each["TopicArn"], permitted=False)
        for each in (*found.get("QueueConfigurations", []), *found.get("TopicConfigurations", []))
    ]
    if "EventBridgeConfiguration" in found:
        others.append(Notification("every event", "EventBridge", permitted=False))
    return tuple(sorted([*read, *others], key=lambda each: each.prefix))


def write_notifications(target: Target, name: str, props: BucketProps) -> None:
    """Add permissions, write the notifications, and remove the permissions of functions without a notification.

    S3 checks each permission; IAM needs some seconds to know it.
    """
    found = target.client("s3").get_bucket_notification_configuration(Bucket=name)
    before = {each["LambdaFunctionArn"] for each in found.get("LambdaFunctionConfigurations", [])}
    for alias in sorted({str(each.function) for each in props.notifies}):
        if not _permitted(target, name, alias):
            for sid in foreign(target, statements(target.client("lambda"), alias)):
                withdraw(target.client("lambda"), alias, sid)
            caller = {
                "Principal": "s3.amazonaws.com",
                "SourceArn": bucket_arn(name),
                "SourceAccount": target.account_id,
            }
            permit(target.client("lambda"), alias, name, **caller)
    wanted = [
        {
            "Id": each.prefix or "all",
            "LambdaFunctionArn": each.function,
            "Events": [CREATED],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": each.prefix}]}},
        }
        for each in props.notifies
    ]
    # The one call replaces all notifications; those to EventBridge are not declared.
    events = {each: found[each] for each in ("EventBridgeConfiguration",) if each in found}
    retry_on(
        frozenset({"InvalidArgument"}),
        "Unable to validate",
        lambda: target.client("s3").put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": wanted, **events}
        ),
        seconds=SPREADING.seconds,
    )
    forbid(target, name, before - {str(each.function) for each in props.notifies})


def forbid(target: Target, name: str, aliases: Iterable[str]) -> None:
    """Remove the bucket's permission to invoke these functions."""
    for alias in sorted(aliases):
        withdraw(target.client("lambda"), alias, name)


def _permitted(target: Target, name: str, alias: str) -> bool:
    """Whether the bucket may invoke the function, and nobody outside the stack may."""
    policy = statements(target.client("lambda"), alias)
    found = policy.get(name) or {}
    return bool(found) and not foreign(target, policy) and bucket_arn(name) in json.dumps(found.get("Condition", {}))


def _when(configuration: Any) -> str:
    """The prefix, where every new object under it is notified; otherwise all conditions, as text."""
    rules = {
        rule["Name"].lower(): rule["Value"]
        for rule in configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    }
    events = sorted(configuration["Events"])
    if events == [CREATED] and rules.keys() <= {"prefix"}:
        return str(rules.get("prefix", ""))
    return ", ".join([*events, *(f"{name} {value}" for name, value in sorted(rules.items()))])
