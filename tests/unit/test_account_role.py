"""API Gateway's role for CloudWatch Logs: a missing one is a sentence before the first write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.stub import Stubber

from stack.cli import plan_commands
from stack.cli.context import Context
from stack.cli.options import Options
from stack.engine.engine import Engine
from stack.engine.model import Action, Desired
from stack.errors import CallFailed, StackError
from stack.kinds import kinds
from stack.target import account_role
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from tests.unit.fake_clock import FakeClock, clock
from tests.unit.remote import Boxes, BoxProps, Remote
from tests.unit.test_topology import target

__all__ = ["clock"]

ROLE = {
    "Path": "/",
    "RoleName": account_role.ROLE,
    "RoleId": "AROAEXAMPLEEXAMPLE12",
    "Arn": "arn:aws:iam::123456789012:role/expense-tracker-api-gateway-logs",
    "CreateDate": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
}
ARN = "arn:aws:iam::123456789012:role/expense-tracker-api-gateway-logs"


@pytest.fixture
def amazon() -> Target:
    return target(TargetKind.AWS)


@pytest.fixture
def gateway(amazon: Target) -> Iterator[Stubber]:
    with Stubber(amazon.client("apigateway")) as answers:
        yield answers
        answers.assert_no_pending_responses()


@pytest.fixture
def iam(amazon: Target) -> Iterator[Stubber]:
    with Stubber(amazon.client("iam")) as answers:
        yield answers
        answers.assert_no_pending_responses()


def test_an_account_without_the_role_is_told_with_the_option_and_the_commands(amazon: Target, gateway: Stubber) -> None:
    gateway.add_response("get_account", {})
    told = kinds(amazon)["rest_api"].obstacle()
    assert told.startswith("API Gateway has no role for CloudWatch Logs in account 123456789012 and eu-central-1")
    assert "Pass --create-account-role to apply, or run:\n  aws iam create-role" in told
    assert told.endswith(f"--patch-operations op=replace,path=/cloudwatchRoleArn,value={ARN}")


def test_an_account_with_a_role_is_no_obstacle(amazon: Target, gateway: Stubber) -> None:
    gateway.add_response("get_account", {"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/theirs"})
    assert kinds(amazon)["rest_api"].obstacle() == ""


def test_an_emulator_is_not_asked() -> None:
    assert kinds(target(TargetKind.LOCAL))["rest_api"].obstacle() == ""


class Blocked(Boxes):
    def obstacle(self) -> str:
        return "The account lacks a role."


def test_an_obstacle_refuses_the_plan_before_the_first_write_and_only_if_something_is_written() -> None:
    remote = Remote()
    wanted = [Desired("box.a", "s-a", BoxProps("red"))]
    blocked = Engine({"box": Blocked(remote)}, "s")
    found = blocked.plan(wanted)
    assert [(change.action, change.reason) for change in found.changes] == [
        (Action.REFUSE, "The account lacks a role.")
    ]
    with pytest.raises(StackError, match=r"^box\.a: The account lacks a role\.$"):
        blocked.apply(found)
    assert remote.writes == []

    free = Engine({"box": Boxes(remote)}, "s")
    free.apply(free.plan(wanted))
    assert blocked.plan(wanted).pending == ()


def test_the_role_is_made_once_and_waited_for_until_api_gateway_may_assume_it(
    amazon: Target, gateway: Stubber, iam: Stubber, clock: FakeClock
) -> None:
    iam.add_client_error("create_role", "EntityAlreadyExists", "Role exists", 409)
    iam.add_response("get_role", {"Role": {**ROLE, "AssumeRolePolicyDocument": quote(account_role.TRUST)}})
    iam.add_response(
        "attach_role_policy", {}, {"RoleName": "expense-tracker-api-gateway-logs", "PolicyArn": account_role.POLICY}
    )
    refused = "The role ARN does not have required permissions configured."
    gateway.add_client_error("update_account", "BadRequestException", refused, 400)
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ARN}
    gateway.add_response("update_account", {}, {"patchOperations": [patch]})
    account_role.create(amazon)


def test_a_role_that_others_may_assume_is_not_given_to_api_gateway(amazon: Target, iam: Stubber) -> None:
    trust = account_role.TRUST.replace("apigateway", "ec2")
    iam.add_client_error("create_role", "EntityAlreadyExists", "Role exists", 409)
    iam.add_response("get_role", {"Role": {**ROLE, "AssumeRolePolicyDocument": quote(trust)}})
    with pytest.raises(StackError, match="others may assume it"):
        account_role.create(amazon)


def test_a_caller_who_may_not_make_it_gets_a_sentence(amazon: Target, iam: Stubber) -> None:
    iam.add_client_error("create_role", "AccessDenied", "not authorized to perform: iam:CreateRole", 403)
    with pytest.raises(CallFailed, match=r"Cannot create role expense-tracker-api-gateway-logs .*iam:CreateRole"):
        account_role.create(amazon)


@pytest.mark.parametrize("missing", [True, False])
def test_apply_makes_it_only_with_the_option_and_only_if_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: bool
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(account_role, "is_missing", lambda _: missing)
    monkeypatch.setattr(account_role, "create", made.append)
    monkeypatch.setattr(plan_commands, "bring", lambda _: type("Done", (), {"failed": ()}))
    for given in (False, True):
        context = Context(Options(verb="apply", home=Path("/nowhere"), create_account_role=given))
        context.__dict__["target"] = target(TargetKind.AWS)
        assert plan_commands.apply(context) == 0
    assert len(made) == int(missing)
