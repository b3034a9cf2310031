"""Answers of AWS that are marked as partial: the marks that no emulator gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from stack.engine.model import Live
from stack.errors import CallFailed, StackError, explain
from stack.kinds import kinds
from stack.kinds.bucket.props import BucketProps
from stack.target.target import Target
from stack.target.target_kind import TargetKind

FUNCTION = {"FunctionName": "s-public", "CodeSha256": "x", "Role": "r", "Timeout": 1, "MemorySize": 128}


@pytest.fixture
def amazon() -> Target:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    where = {"stack": "s", "region": "eu-central-1", "account_id": "123456789012"}
    return Target(TargetKind.AWS, **where, endpoint_url=None, session=session)


@pytest.fixture
def functions(amazon: Target) -> Iterator[Stubber]:
    with Stubber(amazon.client("lambda")) as answers:
        yield answers
        answers.assert_no_pending_responses()


@pytest.fixture
def s3(amazon: Target) -> Iterator[Stubber]:
    with Stubber(amazon.client("s3")) as answers:
        yield answers
        answers.assert_no_pending_responses()


def test_tags_that_lambda_withholds_are_a_missing_right_and_not_a_foreign_function(
    amazon: Target, functions: Stubber
) -> None:
    user = "User: arn:aws:iam::123456789012:user/deployer"
    told = f"{user} is not authorized to perform: lambda:ListTags on resource: {FUNCTION['FunctionName']}"
    error = {"ErrorCode": "AccessDeniedException", "Message": told}
    functions.add_response("get_function", {"Configuration": FUNCTION, "TagsError": error})
    with pytest.raises(
        StackError,
        match=r"Cannot read the tags of function s-public: AccessDeniedException: .* Allow lambda:ListTags\.",
    ):
        kinds(amazon)["function"].read("s-public")


def test_a_function_without_tags_is_foreign_only_after_a_list_of_its_tags(amazon: Target, functions: Stubber) -> None:
    functions.add_response("get_function", {"Configuration": FUNCTION})
    functions.add_client_error("list_tags", "AccessDeniedException", "not authorized", 403)
    with (
        pytest.raises(CallFailed, match="ListTags answered AccessDeniedException"),
        explain("Cannot read function.public"),
    ):
        kinds(amazon)["function"].read("s-public")


def test_the_owner_tags_of_a_table_may_be_on_a_later_page(amazon: Target) -> None:
    """Somebody put other tags on it, which come first."""
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/s-data"
    ours = [{"Key": "expense-tracker:stack", "Value": "s"}, {"Key": "expense-tracker:address", "Value": "table.data"}]
    with Stubber(amazon.client("dynamodb")) as dynamodb:
        first = {"Tags": [{"Key": f"cost-{at}", "Value": "x"} for at in range(10)], "NextToken": "more"}
        dynamodb.add_response("list_tags_of_resource", first, {"ResourceArn": arn})
        dynamodb.add_response("list_tags_of_resource", {"Tags": ours}, {"ResourceArn": arn, "NextToken": "more"})
        found = kinds(amazon)["table"]._tags(arn)  # type: ignore[attr-defined]
    assert found[-2:] == ours


def test_a_bucket_that_may_not_be_read_names_the_right_although_s3_does_not(amazon: Target, s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "403", "Forbidden", 403)
    with pytest.raises(StackError, match=r"^Cannot read bucket s-web: .*403\. Allow s3:ListBucket; if it is allowed"):
        kinds(amazon)["bucket"].read("s-web")


def test_a_bucket_that_is_not_there_is_absent(amazon: Target, s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "404", "Not Found", 404)
    assert kinds(amazon)["bucket"].read("s-web") is None


def test_an_object_that_s3_does_not_delete_ends_the_deletion_of_its_bucket(amazon: Target, s3: Stubber) -> None:
    """DeleteObjects answers 200; DeleteBucket would only say that the bucket is not empty."""
    version: Any = {"Key": "a", "VersionId": "1", "IsLatest": True}
    s3.add_response("list_object_versions", {"Versions": [version]})
    s3.add_response(
        "delete_objects", {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "locked until 2030"}]}
    )
    live: Live[Any] = Live("s-web", BucketProps(), {}, None, None)
    with pytest.raises(StackError, match=r"Cannot delete 1 object versions of bucket s-web: a: AccessDenied: locked"):
        kinds(amazon)["bucket"].delete(live)
