"""The role with which API Gateway writes to CloudWatch Logs: one setting of an account in a region, for all APIs.

Without it API Gateway refuses a stage with an access log: "CloudWatch Logs role ARN must be set in account settings to
enable logging". It belongs to no stack, so that a destroy never deletes it.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json

from stack.errors import StackError, absent_is_done, explain, retry_on
from stack.target.target import Target
from stack.target.target_kind import TargetKind

ROLE = "expense-tracker-api-gateway-logs"
POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
SPREAD_SECONDS = 120.0
"""IAM needs up to two minutes until API Gateway may assume a new role."""


def is_missing(target: Target) -> bool:
    """Return whether the account lacks the role. An emulator needs none."""
    return target.kind is TargetKind.AWS and not target.client("apigateway").get_account().get("cloudwatchRoleArn")


def create(target: Target) -> None:
    """Create the role, unless it exists, and enter it in the settings of the account.

    Raises:
        StackError: the caller may not do that, or the role exists and others may assume it.
    """
    iam, gateway = target.client("iam"), target.client("apigateway")
    with explain(f"Cannot create role {ROLE} for the logs of API Gateway"):
        with absent_is_done("EntityAlreadyExists"):
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
        trust: object = iam.get_role(RoleName=ROLE)["Role"].get("AssumeRolePolicyDocument")
        if trust != json.loads(TRUST):
            raise StackError(
                f"Cannot give role {ROLE} to API Gateway: others may assume it. Correct its trust policy or delete it."
            )
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=POLICY)
        patch = {
            "op": "replace",
            "path": "/cloudwatchRoleArn",
            "value": target.arn("iam", f"role/{ROLE}", region=False),
        }
        retry_on(
            frozenset({"BadRequestException"}),
            "role",
            lambda: gateway.update_account(patchOperations=[patch]),
            seconds=SPREAD_SECONDS,
        )


def advice(target: Target) -> str:
    """The sentence for an account without the role, with the commands that make it."""
    arn = target.arn("iam", f"role/{ROLE}", region=False)
    value = f"op=replace,path=/cloudwatchRoleArn,value={arn}"
    return (
        f"API Gateway has no role for CloudWatch Logs in account {target.account_id} and {target.region}, and refuses "
        "the access log. Pass --create-account-role to apply, or run:\n"
        f"  aws iam create-role --role-name {ROLE} --assume-role-policy-document '{TRUST}'\n"
        f"  aws iam attach-role-policy --role-name {ROLE} --policy-arn {POLICY}\n"
        f"  aws apigateway update-account --region {target.region} --patch-operations {value}"
    )
