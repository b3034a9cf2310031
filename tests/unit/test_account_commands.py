"""``stack user`` and ``stack mail`` where nobody has to answer: moto's Cognito, and no emulator."""

from __future__ import annotations

import argparse
import json
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from stack.cli.account_commands import mail, user_add, user_delete, user_list, user_token
from stack.cli.context import Context
from stack.errors import StackError
from stack.target.target_kind import TargetKind

EMAIL = "ann@example.com"


def context(kind: TargetKind, **options: Any) -> Context:
    """Of a stack with an empty pool, as the verbs look at it."""
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
    pool = session.client("cognito-idp").create_user_pool(PoolName="users", UsernameAttributes=["email"])
    document = {
        "user_pool_id": pool["UserPool"]["Id"],
        "queues": {"erasures": session.client("sqs").create_queue(QueueName="erasures")["QueueUrl"]},
        "demo": None,
    }
    given = {"json": False, "email": EMAIL, "password": None, "confirm": None, "code": None, **options}
    target = SimpleNamespace(kind=kind, client=session.client, endpoint_url=None)
    return cast(
        "Context",
        SimpleNamespace(options=argparse.Namespace(**given), target=target, documented=lambda: document),
    )


def asked(where: Context) -> list[Any]:
    """Whom the eraser is to erase."""
    sqs, url = where.target.client("sqs"), where.documented()["queues"]["erasures"]
    return [json.loads(each["Body"]) for each in sqs.receive_message(QueueUrl=url).get("Messages", [])]


@mock_aws
def test_a_pool_without_users_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert user_list(context(TargetKind.LOCAL)) == 0
    assert capsys.readouterr().out.strip() == ""


@mock_aws
def test_on_aws_an_account_is_erased_only_when_its_address_is_said_twice() -> None:
    where = context(TargetKind.AWS)
    user_add(where)
    with pytest.raises(StackError, match=f"--confirm {EMAIL}"):
        user_delete(where)
    assert asked(where) == []
    where.options.confirm = EMAIL
    assert user_delete(where) == 0
    assert len(asked(where)) == 1


@mock_aws
def test_an_address_that_nobody_has_erases_nothing_and_the_sub_of_a_lost_login_is_erased() -> None:
    where = context(TargetKind.LOCAL)
    assert user_delete(where) == 0
    assert asked(where) == []
    where.options.email = "0d2c1e77-9f5b-4f39-8a63-0c1d5b8e9f10"
    assert user_delete(where) == 0
    assert asked(where) == [{"sub": where.options.email}]


@mock_aws
def test_on_aws_no_password_is_sent_in_clear() -> None:
    with pytest.raises(StackError, match="SRP"):
        user_token(context(TargetKind.AWS, password="Correct-horse-9-battery"))


@mock_aws
@pytest.mark.parametrize("kind", [TargetKind.AWS, TargetKind.LOCALSTACK])
def test_only_the_local_target_keeps_its_mail(kind: TargetKind) -> None:
    with pytest.raises(StackError, match="only the target local"):
        mail(context(kind))
