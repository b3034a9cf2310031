"""A deployer who may do what ``stack policy`` prints, and nothing else, makes, changes and destroys a stack."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from stack.target.session import emulator_session
from tests.e2e.api import STOCK, Stack
from tests.e2e.conftest import run
from tests.e2e.recorded import calls_of
from tests.e2e.test_by_hand import BY_HAND, Hand

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published does not tell what its IAM was asked")
NAME = "deployed"
Become = Callable[[dict[str, Any]], str]


@pytest.fixture
def become(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Become:
    """Let the commands of this test be given by a new IAM user who may do what a policy says; the user's name."""
    iam = stack.client("iam")
    name = f"deployer-{secrets.token_hex(4)}"

    def user(policy: dict[str, Any]) -> str:
        iam.create_user(UserName=name)
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]
        iam.attach_user_policy(UserName=name, PolicyArn=made["Arn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]

        def session() -> boto3.Session:
            made = emulator_session()
            made._session.set_credentials(key["AccessKeyId"], key["SecretAccessKey"])
            return made

        monkeypatch.setattr("stack.target.target.emulator_session", session)
        return name

    return user


def printed_policy(stack: Stack) -> dict[str, Any]:
    code, printed = run("policy", "--name", NAME)
    assert code == 0
    return dict(json.loads(printed))


def test_with_exactly_that_a_stack_is_made_changed_and_destroyed(stack: Stack, home: Path, become: Become) -> None:
    where = ("--name", NAME, "--home", str(home))
    name = become(printed_policy(stack))

    assert run("apply", *where)[0] == 0
    hand = Hand(stack.client, NAME)
    for _, _, change in BY_HAND:
        change(hand)
    assert run("drift", *where)[0] == 2
    assert run("apply", *where)[0] == 0
    assert run("plan", *where)[0] == 0
    assert run("destroy", *where, "--all")[0] == 0

    calls = calls_of(stack.outputs["endpoint_url"], f"user/{name}/")
    assert len(calls) > 150
    assert [call for call in calls if not call.allowed] == []


@pytest.mark.parametrize(("without", "named"), [("Roles", "iam"), ("Topics", "sns"), ("Unlimited", "not authorized")])
def test_without_a_part_of_it_nothing_is_begun_and_the_missing_action_is_named(
    stack: Stack, home: Path, become: Become, capsys: pytest.CaptureFixture[str], without: str, named: str
) -> None:
    policy = printed_policy(stack)
    become({**policy, "Statement": [each for each in policy["Statement"] if each["Sid"] != without]})

    assert run("apply", "--name", NAME, "--home", str(home))[0] == 1

    said = capsys.readouterr().err
    assert "nothing was written" in said
    assert named in said


def test_with_a_read_only_credential_nothing_is_touched_and_each_refusal_is_a_sentence(
    stack: Stack, home: Path, become: Become, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = ("Get*", "List*", "Describe*", "Head*")
    services = ("apigateway", "cloudwatch", "cognito-idp", "dynamodb", "iam", "lambda", "logs", "s3", "sns", "sqs")
    allowed = [*(f"{service}:{each}" for service in services for each in reads), "apigateway:GET"]
    name = become({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": allowed, "Resource": "*"}})

    assert run("plan", "--name", NAME, "--home", str(home))[0] == 2
    assert run("apply", "--name", NAME, "--home", str(home))[0] == 1

    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "could not make table.data" in said or "table.data failed" in said
    made = [call for call in calls_of(stack.outputs["endpoint_url"], f"user/{name}/") if call.allowed]
    assert [call for call in made if not call.action.split(":")[1].startswith(("Get", "List", "Describe", "GET"))] == []
