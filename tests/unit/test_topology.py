"""The topology as declared: least privilege by rule, no password login on AWS, names within their limits."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from handlers.contract.settings import ExpensesSettings
from stack.engine.compare import order
from stack.engine.model import Desired, Ref
from stack.kinds import kinds
from stack.kinds.function.props import FunctionProps
from stack.kinds.policy import document, statements
from stack.kinds.role import RoleProps
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.grants import allow
from stack.topology.options import Options
from stack.topology.topology import topology

OPTIONS = Options(web_origin="https://app.example")


def target(kind: TargetKind) -> Target:
    endpoint = None if kind is TargetKind.AWS else "http://127.0.0.1:1"
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
    return Target(
        kind,
        stack="expenses",
        region="eu-central-1",
        account_id="123456789012",
        endpoint_url=endpoint,
        session=session,
    )


@pytest.fixture(params=list(TargetKind), ids=str)
def declared(request: pytest.FixtureRequest) -> tuple[Desired[Any], ...]:
    return topology(target(request.param), OPTIONS)


def of(declared: tuple[Desired[Any], ...], kind: str) -> dict[str, Any]:
    return {each.address.partition(".")[2]: each.props for each in declared if each.kind == kind}


def test_it_can_be_ordered_and_every_kind_is_known(declared: tuple[Desired[Any], ...]) -> None:
    assert set(order(declared)) == {each.address for each in declared}
    assert {each.kind for each in declared} <= kinds(target(TargetKind.AWS)).keys()


def test_every_function_has_a_role_and_a_log_group_of_its_own(declared: tuple[Desired[Any], ...]) -> None:
    functions: dict[str, FunctionProps] = of(declared, "function")
    assert len({str(each.role) for each in functions.values()}) == len(functions)
    assert len({str(each.log_group) for each in functions.values()}) == len(functions)
    assert all(each.retention_days for each in of(declared, "log_group").values())


def test_no_policy_has_a_wildcard_action_or_resource(declared: tuple[Desired[Any], ...]) -> None:
    roles: dict[str, RoleProps] = of(declared, "role")
    for role in roles.values():
        for statement in role.policy:
            assert not [action for action in statement.actions if "*" in action]
            assert "*" not in statement.resources


def test_no_two_runs_erase_one_account_at_once(declared: tuple[Desired[Any], ...]) -> None:
    eraser, queue = of(declared, "function")["eraser"], of(declared, "queue")["erasures"]
    assert queue.visibility >= eraser.timeout + 30


def test_the_last_look_is_after_every_other_function_has_ended(declared: tuple[Desired[Any], ...]) -> None:
    functions = of(declared, "function")
    longest = max(each.timeout for key, each in functions.items() if key != "eraser")
    assert int(functions["eraser"].environment["SETTLE_SECONDS"]) > longest


def test_the_public_function_may_only_write_its_log(declared: tuple[Desired[Any], ...]) -> None:
    assert [statement.sid for statement in of(declared, "role")["public"].policy] == ["WriteLogs"]


@pytest.mark.parametrize("kind", list(TargetKind), ids=str)
def test_a_password_may_be_sent_in_clear_only_to_an_emulator(kind: TargetKind) -> None:
    client = of(topology(target(kind), OPTIONS), "user_pool")["users"].client
    assert ("ALLOW_USER_PASSWORD_AUTH" in client.flows) == (kind is not TargetKind.AWS)
    assert "ALLOW_USER_SRP_AUTH" in client.flows


@pytest.mark.parametrize("name", ["dynamodb:*", "*"])
def test_a_wildcard_action_cannot_be_granted(name: str) -> None:
    with pytest.raises(ValueError, match="one by one"):
        allow("Bad", (name,), ("arn:aws:s3:::x",))


def test_the_resource_star_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="written reason"):
        allow("Bad", ("xray:PutTraceSegments",), ("*",))
    assert allow("Good", ("xray:PutTraceSegments",), ("*",), reason="X-Ray has no resources").resources == ("*",)


def test_a_policy_is_read_back_as_it_was_declared(declared: tuple[Desired[Any], ...]) -> None:
    for role in of(declared, "role").values():
        assert statements(document(role.policy)) == role.policy


def test_a_policy_that_was_widened_by_a_condition_or_a_single_string_is_read_as_it_is() -> None:
    (read,) = statements(
        {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "NotPrincipal": "x"}}
    )
    assert (read.actions, read.resources, read.sid) == (("s3:GetObject",), ("*",), "#0")
    assert "NotPrincipal" in read.condition


def test_settings_are_read_as_they_were_written() -> None:
    values = {"table_name": "t", "user_pool_client_id": "c", "cors_origin": "o", "cursor_key": "k"}
    environment = ExpensesSettings.environment(**values)
    assert ExpensesSettings.read(environment) == ExpensesSettings(**values)
    with pytest.raises(TypeError, match="takes"):
        ExpensesSettings.environment(table_name="t")


@pytest.mark.parametrize("kind", list(TargetKind), ids=str)
def test_buckets_are_private_encrypted_and_versioned_and_refuse_plain_http_on_aws(kind: TargetKind) -> None:
    buckets = of(topology(target(kind), OPTIONS), "bucket")
    assert buckets.keys() == {"receipts", "web"}
    for bucket in buckets.values():
        assert (bucket.private, bucket.versioned, bucket.encryption) == (True, True, "AES256")
        assert bucket.ownership == "BucketOwnerEnforced"
        assert bucket.policy == ("TLS only" if kind is TargetKind.AWS else "")


def test_only_our_page_may_upload_and_what_was_not_inspected_is_gone_after_a_day(
    declared: tuple[Desired[Any], ...],
) -> None:
    receipts = of(declared, "bucket")["receipts"]
    assert [rule.origin for rule in receipts.cors] == [OPTIONS.web_origin]
    assert {rule.prefix: rule.expire_days for rule in receipts.lifecycle if rule.expire_days} == {"users/": 1}


def test_a_bucket_has_a_name_that_no_other_account_has(declared: tuple[Desired[Any], ...]) -> None:
    names = [each.name for each in declared if each.kind == "bucket"]
    assert all("123456789012-eu-central-1" in name and len(name) <= 63 for name in names)


def test_what_failed_for_good_is_kept_for_two_weeks_and_somebody_hears_of_it(
    declared: tuple[Desired[Any], ...],
) -> None:
    queues, alarm = of(declared, "queue"), of(declared, "alarm")["dead_letters"]
    assert queues["erasures"].dead_letters == Ref("queue.dead_letters", "arn")
    assert queues["dead_letters"].retention == 14 * 24 * 60 * 60
    assert alarm.dimensions == {"QueueName": "expenses-dead-letters"}
    assert alarm.actions == (Ref("topic.alarms", "arn"),)
