"""What a bucket tells to which function, and the permission it needs for that.

S3 asks, when a notification is written, whether it may invoke the function: so the permission belongs to the bucket,
and comes first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stack.failures import absent_is_done, absent_is_none, retry_on
from stack.kinds.bucket.props import BucketProps, Notification, bucket_arn

if TYPE_CHECKING:
    from stack.target import Target


def read_notifications(target: Target, name: str) -> tuple[Notification, ...]:
    """What the bucket tells now, by prefix."""
    found = target.client("s3").get_bucket_notification_configuration(Bucket=name)
    read = (
        Notification(_prefix(each), each["LambdaFunctionArn"], _permitted(target, name, each["LambdaFunctionArn"]))
        for each in found.get("LambdaFunctionConfigurations", [])
    )
    return tuple(sorted(read, key=lambda each: each.prefix))


def write_notifications(target: Target, name: str, props: BucketProps) -> None:
    """Permit, then tell, then permit no longer what is told no longer.

    S3 tries a permission out, which takes IAM some seconds to know.
    """
    told = {str(each.function) for each in read_notifications(target, name)}
    telling = {str(each.function) for each in props.notifies}
    for alias in sorted(telling):
        _permit(target, name, alias)
    wanted = [
        {
            "Id": each.prefix or "all",
            "LambdaFunctionArn": each.function,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": each.prefix}]}},
        }
        for each in props.notifies
    ]
    retry_on(
        frozenset({"InvalidArgument"}),
        "Unable to validate",
        lambda: target.client("s3").put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": wanted}
        ),
    )
    for alias in sorted(told - telling):
        _forbid(target, name, alias)


@absent_is_none("ResourceNotFoundException")
def _function_policy(target: Target, alias: str) -> Any:
    return target.client("lambda").get_policy(FunctionName=alias)["Policy"]


def _statement(target: Target, name: str, alias: str) -> Any:
    policy = json.loads(_function_policy(target, alias) or "{}")
    return next((each for each in policy.get("Statement", []) if each["Sid"] == name), None)


def _permitted(target: Target, name: str, alias: str) -> bool:
    statement = _statement(target, name, alias)
    return bool(statement) and bucket_arn(name) in json.dumps(statement.get("Condition", {}))


def _permit(target: Target, name: str, alias: str) -> None:
    if _permitted(target, name, alias):
        return
    if _statement(target, name, alias):
        _forbid(target, name, alias)
    target.client("lambda").add_permission(
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=bucket_arn(name),
        SourceAccount=target.account_id,
        **_where(name, alias),
    )


def _forbid(target: Target, name: str, alias: str) -> None:
    with absent_is_done("ResourceNotFoundException"):
        target.client("lambda").remove_permission(**_where(name, alias))


def _where(name: str, alias: str) -> dict[str, str]:
    function, qualifier = alias.rsplit(":", 1)
    return {"FunctionName": function, "Qualifier": qualifier, "StatementId": name}


def _prefix(configuration: Any) -> str:
    rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return ", ".join(rule["Value"] for rule in rules if rule["Name"].lower() == "prefix")
