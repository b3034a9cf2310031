"""One account, two regions, the same stack name: no change in one region reaches the other."""

from __future__ import annotations

import functools
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from stack.engine.engine import Engine
from stack.engine.model import Action, Desired
from stack.engine.permission import Permission
from stack.errors import StackError
from stack.kinds import kinds
from stack.target.capabilities import unreadable
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.options import Options
from stack.topology.topology import topology

HERE, THERE = "us-east-1", "eu-west-1"
PART = ("role.public", "function.public", "log_group.public", "bucket.web", "queue.dead_letters")
"""A part of the topology: IAM and S3, which list the names of all regions, and the kinds that depend on them."""
ALL = Permission(all_data=True)
SESSION = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
"""One for all tests: it reads botocore's models once."""


@pytest.fixture(autouse=True)
def amazon() -> Iterator[None]:
    with mock_aws(config={"lambda": {"use_docker": False}}):
        _load_moto()
        yield
    target.cache_clear()


def _load_moto() -> None:
    """Call each service once: moto imports its modules at the first call, and threads that import can deadlock."""
    at = target(HERE)
    at.client("iam").list_roles()
    at.client("s3").list_buckets()
    at.client("lambda").list_functions()
    at.client("logs").describe_log_groups()
    at.client("sqs").list_queues()


@functools.cache
def target(region: str) -> Target:
    return Target(
        TargetKind.MOTO,
        stack="s",
        region=region,
        account_id="123456789012",
        endpoint_url=None,
        session=SESSION,
    )


def engine(region: str) -> Engine:
    at = target(region)
    listed = {desired.partition(".")[0] for desired in PART}
    used = {name: kind for name, kind in kinds(at).items() if name in listed}
    return Engine(used, at.stack, lambda kind: unreadable(at.kind, kind), region)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    return buffer.getvalue()


def declared(region: str) -> tuple[Desired[Any], ...]:
    whole = topology(target(region), Options(web_origin="https://app.example"))
    part = [each for each in whole if each.address in PART]
    return tuple(
        replace(each, props=replace(each.props, layers=()), build=zipped) if each.kind == "function" else each
        for each in part
    )


def pending(region: str) -> dict[str, Action]:
    return {each.address: each.action for each in engine(region).plan(declared(region)).pending}


def apply(region: str, wanted: tuple[Desired[Any], ...]) -> None:
    at = engine(region)
    report = at.apply(at.plan(wanted, ALL), ALL)
    assert [outcome.error or outcome.skipped for outcome in report.failed] == []


def roles() -> list[str]:
    return sorted(role["RoleName"] for role in target(HERE).client("iam").list_roles()["Roles"])


def role_of_the_function(region: str) -> str:
    function = target(region).client("lambda").get_function(FunctionName="s-public", Qualifier="live")
    return str(function["Configuration"]["Role"]).rpartition("/")[2]


def test_two_regions_share_nothing_and_the_end_of_one_leaves_the_other_whole() -> None:
    for region in (HERE, THERE):
        apply(region, declared(region))
    assert roles() == ["s-public-eu-west-1", "s-public-us-east-1"]
    assert pending(HERE) == pending(THERE) == {}

    apply(HERE, ())

    assert pending(HERE).keys() == set(PART)
    assert pending(THERE) == {}
    assert [bucket["Name"] for bucket in target(HERE).client("s3").list_buckets()["Buckets"]] == [
        "s-web-123456789012-eu-west-1"
    ]


def older(region: str) -> None:
    """Make the resources of an earlier version in ``region``: the role's name and the tags lack the region."""
    at = target(region)
    apply(region, tuple(replace(each, name="s-public") if each.kind == "role" else each for each in declared(region)))
    names = ["expense-tracker:region"]
    at.client("iam").untag_role(RoleName="s-public", TagKeys=names)
    at.client("lambda").untag_resource(Resource=at.arn("lambda", "function:s-public"), TagKeys=names)


def test_an_older_stack_moves_to_the_new_roles_and_the_old_ones_go_after_it() -> None:
    older(HERE)
    at = engine(HERE)
    found = at.plan(declared(HERE))
    assert {(each.name, each.action) for each in found.pending} == {
        ("s-public-us-east-1", Action.CREATE),
        ("s-public", Action.UPDATE),
        ("s-public", Action.DELETE),
    }
    report = at.apply(found)

    assert [outcome.change.kind for outcome in report.outcomes] == ["role", "function", "role"]
    assert report.failed == ()
    assert roles() == [role_of_the_function(HERE)] == ["s-public-us-east-1"]
    assert pending(HERE) == {}


def test_the_tags_of_an_older_version_get_the_region() -> None:
    apply(HERE, declared(HERE))
    queue = target(HERE).client("sqs")
    url = queue.get_queue_url(QueueName="s-dead-letters")["QueueUrl"]
    queue.untag_queue(QueueUrl=url, TagKeys=["expense-tracker:region"])

    assert pending(HERE) == {"queue.dead_letters": Action.RESTAMP}
    apply(HERE, declared(HERE))
    assert queue.list_queue_tags(QueueUrl=url)["Tags"]["expense-tracker:region"] == HERE


def test_the_older_roles_of_another_region_stay() -> None:
    older(THERE)
    apply(HERE, declared(HERE))
    apply(HERE, ())
    assert roles() == ["s-public"]
    apply(THERE, declared(THERE))
    assert roles() == [role_of_the_function(THERE)] == ["s-public-eu-west-1"]


def test_a_role_with_a_path_belongs_to_somebody_else() -> None:
    """The deployer may not read it: its ARN is role/path/name."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    target(HERE).client("iam").create_role(RoleName="s-theirs", Path="/theirs/", AssumeRolePolicyDocument=trust)
    target(HERE).client("iam").create_role(RoleName="s-mine", AssumeRolePolicyDocument=trust)
    assert set(kinds(target(HERE))["role"].names()) == {"s-mine"}


def test_a_bucket_of_another_region_is_refused_in_words() -> None:
    at = target(HERE)
    with Stubber(at.client("s3")) as s3:
        s3.add_response("head_bucket", {"BucketRegion": THERE})
        with pytest.raises(StackError, match=r"it is in eu-west-1, and this stack in us-east-1\. Rename"):
            kinds(at)["bucket"].read("s-web-123456789012-us-east-1")


def test_a_bucket_of_somebody_else_is_not_read() -> None:
    """Their policy may deny that, and then no plan would be possible."""
    at = target(HERE)
    for name in ("s-finance", "s-web-210987654321-us-east-1", "s-web-123456789012-us-east-1"):
        at.client("s3").create_bucket(Bucket=name)
    assert list(kinds(at)["bucket"].names()) == ["s-web-123456789012-us-east-1"]


def test_a_role_has_a_name_that_iam_takes_whatever_the_stack_and_the_region() -> None:
    at = target(max(boto3.Session().get_available_regions("lambda"), key=len))
    at.stack = "a" * 20
    wanted = topology(at, Options(web_origin="https://app.example"))
    assert max(len(each.name) for each in wanted if each.kind == "role") <= 64


def test_a_resource_of_another_region_is_not_deleted_even_if_it_is_read() -> None:
    apply(THERE, declared(THERE))
    at = engine(HERE)
    others = set(kinds(target(THERE))["role"].names())
    at.registry.kinds["role"].names = lambda: others  # type: ignore[method-assign]
    assert at.plan(()).pending == ()
