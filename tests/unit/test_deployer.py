"""``stack policy`` grants what the kinds call, no more and no less: read from their code and from botocore's models."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from stack.cli.main import main
from stack.kinds import KINDS
from stack.local.environments import PROJECT
from stack.target.deployer import policy
from stack.target.target_kind import TargetKind

MODELS = botocore.session.get_session()
NAMED_OTHERWISE = {
    "lambda:Invoke": ["lambda:InvokeFunction"],
    "s3:DeleteBucketCors": ["s3:PutBucketCORS"],
    "s3:DeleteBucketReplication": ["s3:PutReplicationConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketNotificationConfiguration": ["s3:GetBucketNotification"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:ListBuckets": ["s3:ListAllMyBuckets"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:PutBucketCors": ["s3:PutBucketCORS"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
}
"""Operations whose action in IAM has another name."""
ASKED_BESIDE = {
    "iam:CreateServiceLinkedRole": "cognito-idp:UpdateUserPool",
    "iam:PassRole": "lambda:CreateFunction",
    "lambda:GetLayerVersion": "lambda:CreateFunction",
    "s3:TagResource": "s3:CreateBucket",
}
"""Actions that AWS asks for when another one is given a role, a layer, or tags."""
LIMIT = 6144
"""Characters of a managed policy, spaces left out."""


def called() -> Iterator[tuple[ServiceModel, str]]:
    """Every operation that stands in the code of a kind, of the services which that file has clients of."""
    for file in (PROJECT / "stack" / "kinds").rglob("*.py"):
        text = file.read_text()
        words = {each.attr for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Attribute)}
        words |= {str(each.value) for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)}
        for service in services(file, text):
            model = MODELS.get_service_model(service)
            yield from ((model, each) for each in model.operation_names if xform_name(each) in words)


def services(file: Path, text: str) -> set[str]:
    found = set(re.findall(r'client\("([a-z0-9-]+)"\)', text))
    found |= {"lambda"} if "LambdaClient" in text else set()
    return found | ({"apigateway"} if file.parent.name == "rest_api" else set())


def actions(model: ServiceModel, operation: str) -> list[str]:
    """API Gateway's actions are the HTTP methods of its operations."""
    if model.service_name == "apigateway":
        return [f"apigateway:{model.operation_model(operation).http['method']}"]
    name = f"{model.service_name}:{operation}"
    return NAMED_OTHERWISE.get(name, [name])


def granted(kind: TargetKind = TargetKind.AWS) -> set[str]:
    statements = policy(kind, "expenses", "eu-central-1", "123456789012", KINDS)["Statement"]
    return {action for statement in statements for action in statement["Action"]}


def test_it_grants_exactly_what_is_called() -> None:
    needed = {action for model, operation in called() for action in actions(model, operation)}
    assert len(needed) > 100, "the operations were not found"
    assert ASKED_BESIDE.keys() & needed == set()
    assert set(ASKED_BESIDE.values()) <= needed
    assert granted() == needed | ASKED_BESIDE.keys()


def test_each_action_is_granted_once_and_never_with_a_wildcard() -> None:
    statements = policy(TargetKind.AWS, "expenses", "eu-central-1", "123456789012", KINDS)["Statement"]
    listed = [action for statement in statements for action in statement["Action"]]
    assert sorted(listed) == sorted(set(listed))
    assert [action for action in listed if "*" in action] == []


def test_it_fits_into_a_managed_policy_whatever_the_name() -> None:
    document = policy(TargetKind.AWS, "a" * 20, "ap-southeast-2", "123456789012", KINDS)
    assert len(json.dumps(document, separators=(",", ":"))) <= LIMIT


def test_the_command_prints_it_without_asking_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["policy", "--target", "aws", "--account-id", "123456789012", "--region", "eu-west-1", "--name", "mine"]
    )
    printed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert printed == policy(TargetKind.AWS, "mine", "eu-west-1", "123456789012", KINDS)
    assert "arn:aws:iam::123456789012:role/mine-*" in json.dumps(printed)


def test_on_aws_it_wants_to_know_account_and_region(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "--target", "aws"]) == 1
    assert "Pass --account-id and --region" in capsys.readouterr().err
