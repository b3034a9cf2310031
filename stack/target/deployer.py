"""The least that whoever runs ``plan``, ``apply``, ``drift`` and ``destroy`` must be allowed, for ``stack policy``.

Every action is one that the kinds call, or that AWS asks for beside one of those. Resources are those of the stack by
name, wherever AWS limits an action to resources and names them; the ids of APIs, user pools and event source mappings
are AWS's own. Source: AWS's service authorization reference, https://docs.aws.amazon.com/service-authorization/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stack.target.target import TargetKind


@dataclass(frozen=True, slots=True)
class Grant:
    """``actions`` of one service on ``resources``, whose ARNs name ``{stack}``, ``{region}`` and ``{account}``."""

    sid: str
    service: str
    resources: tuple[str, ...]
    actions: str
    condition: Mapping[str, Any] = field(default_factory=dict)


LOGGED = ("apigateway", "lambda")
ROLES = ("arn:aws:iam::{account}:role/{stack}-*",)
GRANTS = (
    Grant(
        "Api",
        "apigateway",
        tuple(f"arn:aws:apigateway:{{region}}::/{path}" for path in ("restapis", "restapis/*", "tags/*")),
        "DELETE GET PATCH POST PUT",
    ),
    Grant(
        "Alarms",
        "cloudwatch",
        ("arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-*",),
        "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource",
    ),
    Grant(
        "Users",
        "cognito-idp",
        ("arn:aws:cognito-idp:{region}:{account}:userpool/*",),
        "CreateUserPoolClient DeleteUserPool DeleteUserPoolClient DescribeUserPool DescribeUserPoolClient"
        " GetUserPoolMfaConfig ListUserPoolClients ListUsers SetUserPoolMfaConfig TagResource UpdateUserPool"
        " UpdateUserPoolClient",
    ),
    Grant(
        "Tables",
        "dynamodb",
        ("arn:aws:dynamodb:{region}:{account}:table/{stack}-*",),
        "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource Scan"
        " TagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
    ),
    Grant(
        "Roles",
        "iam",
        ROLES,
        "CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies"
        " ListRolePolicies PutRolePolicy TagRole UpdateAssumeRolePolicy UpdateRole",
    ),
    Grant(
        "RolesOfFunctions",
        "iam",
        ROLES,
        "PassRole",
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    ),
    Grant(
        "Functions",
        "lambda",
        ("arn:aws:lambda:{region}:{account}:function:{stack}-*",),
        "AddPermission CreateAlias CreateFunction DeleteFunction DeleteFunctionEventInvokeConfig GetFunction"
        " GetFunctionConfiguration GetFunctionEventInvokeConfig GetPolicy InvokeFunction ListVersionsByFunction"
        " PublishVersion PutFunctionEventInvokeConfig RemovePermission TagResource UpdateAlias UpdateFunctionCode"
        " UpdateFunctionConfiguration",
    ),
    Grant(
        "Layers",
        "lambda",
        ("arn:aws:lambda:{region}:{account}:layer:{stack}-*",),
        "DeleteLayerVersion GetLayerVersion PublishLayerVersion",
    ),
    Grant(
        "Triggers",
        "lambda",
        ("arn:aws:lambda:{region}:{account}:event-source-mapping:*",),
        "DeleteEventSourceMapping UpdateEventSourceMapping",
    ),
    Grant(
        "Logs",
        "logs",
        tuple(f"arn:aws:logs:{{region}}:{{account}}:log-group:/aws/{of}/{{stack}}-*" for of in LOGGED),
        "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy TagResource",
    ),
    Grant(
        "Buckets",
        "s3",
        ("arn:aws:s3:::{stack}-*",),
        "CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject DeleteObjectVersion GetBucketCORS"
        " GetBucketNotification GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock GetBucketTagging"
        " GetBucketVersioning GetEncryptionConfiguration GetLifecycleConfiguration ListBucket ListBucketVersions"
        " PutBucketCORS PutBucketNotification PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock"
        " PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration TagResource",
    ),
    Grant(
        "Topics",
        "sns",
        ("arn:aws:sns:{region}:{account}:{stack}-*",),
        "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes TagResource",
    ),
    Grant(
        "Queues",
        "sqs",
        ("arn:aws:sqs:{region}:{account}:{stack}-*",),
        "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue",
    ),
)
ANYWHERE = (
    "cloudwatch:DescribeAlarms",
    "cognito-idp:CreateUserPool",
    "cognito-idp:ListUserPools",
    "dynamodb:ListTables",
    "iam:ListRoles",
    "lambda:CreateEventSourceMapping",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "lambda:ListLayerVersions",
    "lambda:ListLayers",
    "logs:DescribeLogGroups",
    "s3:ListAllMyBuckets",
    "sns:ListTopics",
    "sqs:ListQueues",
)
"""What AWS limits to no resource: lists, and what is made before it has an id."""
LOCALLY = (
    "cloudwatch:DeleteAlarms",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:TagResource",
    "cognito-idp:TagResource",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "lambda:CreateFunction",
    "lambda:ListAliases",
    "sns:ListTagsForResource",
    "sns:TagResource",
)
"""What the emulator's IAM asks for without saying on which resource; and ``ListAliases``, for ``UpdateAlias``."""


def policy(kind: TargetKind, stack: str, region: str, account: str) -> dict[str, Any]:
    """The policy document for one stack on one target."""
    anywhere = sorted({*ANYWHERE, *(LOCALLY if kind is TargetKind.LOCAL else ())})
    statements = [
        {
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": [f"{grant.service}:{action}" for action in grant.actions.split()],
            "Resource": [each.format(stack=stack, region=region, account=account) for each in grant.resources],
            **({"Condition": grant.condition} if grant.condition else {}),
        }
        for grant in GRANTS
    ]
    lists = {"Sid": "Lists", "Effect": "Allow", "Action": anywhere, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [*statements, lists]}
