"""Permissions to invoke a function's alias: statements of its resource policy, one for each caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stack.errors import absent_is_done, absent_is_none, code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient

    from stack.target.target import Target


def statements(client: LambdaClient, alias_arn: str) -> dict[str, Any]:
    """All statements of an alias's policy, by their id."""
    policy = json.loads(_policy(client, alias_arn) or "{}")
    return {each["Sid"]: each for each in policy.get("Statement", [])}


def foreign(target: Target, found: Mapping[str, Any]) -> dict[str, Any]:
    """The statements that this stack did not write: the ids of its own begin with its name."""
    return {sid: each for sid, each in found.items() if not sid.startswith(target.named(""))}


def permit(client: LambdaClient, alias_arn: str, sid: str, **caller: str) -> None:
    """Allow ``caller`` (Principal, SourceArn …) to invoke the alias, in place of an earlier statement ``sid``."""
    try:
        _add(client, alias_arn, sid, caller)
    except ClientError as error:
        if code(error) != "ResourceConflictException":
            raise
        withdraw(client, alias_arn, sid)
        _add(client, alias_arn, sid, caller)


def withdraw(client: LambdaClient, alias_arn: str, sid: str) -> None:
    """Remove the statement ``sid``."""
    function, qualifier = alias_arn.rsplit(":", 1)
    with absent_is_done("ResourceNotFoundException"):
        client.remove_permission(FunctionName=function, Qualifier=qualifier, StatementId=sid)


def _add(client: LambdaClient, alias_arn: str, sid: str, caller: Any) -> None:
    function, qualifier = alias_arn.rsplit(":", 1)
    client.add_permission(
        Action="lambda:InvokeFunction", FunctionName=function, Qualifier=qualifier, StatementId=sid, **caller
    )


@absent_is_none("ResourceNotFoundException")
def _policy(client: LambdaClient, alias_arn: str) -> str:
    function, qualifier = alias_arn.rsplit(":", 1)
    return client.get_policy(FunctionName=function, Qualifier=qualifier)["Policy"]
