"""``stack user`` and ``stack mail`` on moto's Cognito: no emulator is needed."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from stack.cli.context import Context
from stack.cli.options import Options
from stack.cli.user_commands import mail, user_add, user_delete, user_list, user_token
from stack.errors import StackError
from stack.target.target_kind import TargetKind
from stack.users import Users, new_password

EMAIL, SUB = "ann@example.com", "0d2c1e77-9f5b-4f39-8a63-0c1d5b8e9f10"
OWN, OTHER = "Correct-horse-9-battery", "Another-horse-7-battery"
OPTIONS = Options(verb="user", home=Path("/nowhere"), email=EMAIL)


class Place:
    """A stack with an empty user pool."""

    def __init__(self, kind: TargetKind = TargetKind.LOCAL) -> None:
        self.session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
        self.cognito, self.sqs = self.session.client("cognito-idp"), self.session.client("sqs")
        self.pool = self.cognito.create_user_pool(
            PoolName="users",
            UsernameAttributes=["email"],
            Policies={"PasswordPolicy": {"MinimumLength": 12, "RequireSymbols": True}},
        )["UserPool"]["Id"]
        self.client = self.cognito.create_user_pool_client(
            UserPoolId=self.pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        self.queue = self.sqs.create_queue(QueueName="erasures")["QueueUrl"]
        self.kind = kind

    def context(self, **options: Any) -> Context:
        document = {
            "user_pool_id": self.pool,
            "user_pool_client_id": self.client,
            "queues": {"erasures": self.queue},
            "demo": None,
        }
        target = SimpleNamespace(kind=self.kind, client=self.session.client, endpoint_url=None)
        made = SimpleNamespace(options=replace(OPTIONS, **options), target=target, document=lambda *_: document)
        return cast("Context", made)

    def status(self) -> str | None:
        try:
            found = self.cognito.admin_get_user(UserPoolId=self.pool, Username=EMAIL)
        except self.cognito.exceptions.UserNotFoundException:
            return None
        return str(found["UserStatus"])

    def signs_in(self, password: str) -> bool:
        try:
            answer = self.cognito.initiate_auth(
                ClientId=self.client,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": EMAIL, "PASSWORD": password},
            )
        except (self.cognito.exceptions.NotAuthorizedException, self.cognito.exceptions.UserNotConfirmedException):
            return False
        return "AuthenticationResult" in answer

    def sign_up(self) -> None:
        self.cognito.sign_up(
            ClientId=self.client,
            Username=EMAIL,
            Password=OWN,
            UserAttributes=[{"Name": "email", "Value": EMAIL}],
        )

    def asked(self) -> list[Any]:
        """The messages to the function that erases accounts."""
        messages = self.sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
        return [json.loads(each["Body"]) for each in messages]


def added(place: Place, capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[str | None, str]:
    """The password that ``user add`` printed, and what it said."""
    assert user_add(place.context(json=True, **options)) == 0
    printed = capsys.readouterr()
    return json.loads(printed.out)["password"], printed.err


@mock_aws
def test_a_pool_without_users_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert user_list(Place().context()) == 0
    assert capsys.readouterr() == ("", "no users\n")


@mock_aws
def test_a_new_user_signs_in_with_the_printed_password(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place()
    password, said = added(place, capsys)
    assert password
    assert said == ""
    assert place.signs_in(password)


def test_a_refused_password_is_found_while_the_user_is_made_so_that_there_is_none() -> None:
    """AdminCreateUser refuses a temporary password that the policy of the pool refuses; moto does not check it."""
    cognito = boto3.client("cognito-idp", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
    made = {"UserPoolId": "p_1", "Username": EMAIL, "TemporaryPassword": "weak", "UserAttributes": attributes}
    with Stubber(cognito) as answers:
        answers.add_client_error("admin_get_user", "UserNotFoundException")
        answers.add_client_error(
            "admin_create_user", "InvalidPasswordException", expected_params={**made, "MessageAction": "SUPPRESS"}
        )
        with pytest.raises(StackError, match=f"Cannot add the user {EMAIL} .*InvalidPasswordException"):
            Users(cognito, "p_1").add(EMAIL, "weak")
        answers.assert_no_pending_responses()


@mock_aws
def test_a_user_with_a_temporary_password_gets_a_new_one_and_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place()
    place.cognito.admin_create_user(UserPoolId=place.pool, Username=EMAIL, TemporaryPassword=OTHER)
    password, said = added(place, capsys)
    assert password
    assert "existed without an own password" in said
    assert place.signs_in(password)


@mock_aws
@pytest.mark.parametrize("given", [None, OTHER])
def test_a_user_who_can_sign_in_keeps_the_password_and_the_command_says_so(
    given: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place()
    added(place, capsys, password=OWN)
    assert added(place, capsys, password=given) == (
        None,
        f"nothing changed: {EMAIL} exists and has an own password, which stays as it is\n",
    )
    assert place.signs_in(OWN)
    assert not place.signs_in(OTHER)


@mock_aws
def test_a_sign_up_that_is_not_confirmed_is_left_alone_unless_a_password_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = Place()
    place.sign_up()
    with pytest.raises(StackError, match=r"status UNCONFIRMED\. Pass --password"):
        user_add(place.context())
    assert place.status() == "UNCONFIRMED"

    password, said = added(place, capsys, password=OTHER)
    assert password == OTHER
    assert "the password was replaced and the user confirmed" in said
    assert place.signs_in(OTHER)


def test_a_generated_password_can_be_pasted_into_a_shell_and_has_each_class_of_characters() -> None:
    passwords = [new_password() for _ in range(2000)]
    assert len(set(passwords)) == 2000
    for password in passwords:
        assert shlex.quote(password) == password
        assert not password.startswith("-")
        assert all(re.search(each, password) for each in ("[a-z]", "[A-Z]", "[0-9]", "-"))


@mock_aws
def test_on_aws_an_account_is_erased_only_when_its_address_is_given_twice() -> None:
    place = Place(TargetKind.AWS)
    user_add(place.context())
    with pytest.raises(StackError, match=f"Pass --confirm {EMAIL}"):
        user_delete(place.context())
    assert place.asked() == []
    assert user_delete(place.context(confirm=EMAIL)) == 0
    assert len(place.asked()) == 1


@mock_aws
def test_an_unknown_address_erases_nothing_and_the_sub_of_a_deleted_user_is_erased() -> None:
    place = Place()
    assert user_delete(place.context()) == 0
    assert place.asked() == []
    assert user_delete(place.context(email=SUB)) == 0
    assert place.asked() == [{"sub": SUB}]


@mock_aws
def test_on_aws_no_password_is_sent_in_clear() -> None:
    with pytest.raises(StackError, match="SRP"):
        user_token(Place(TargetKind.AWS).context(password=OWN))


@mock_aws
def test_a_token_needs_a_password() -> None:
    with pytest.raises(StackError, match=f"^No password for {EMAIL}: pass --password or set STACK_PASSWORD.$"):
        user_token(Place().context())


@mock_aws
@pytest.mark.parametrize("kind", [TargetKind.AWS, TargetKind.LOCALSTACK])
def test_only_the_local_target_keeps_its_mail(kind: TargetKind) -> None:
    with pytest.raises(StackError, match="only the target local"):
        mail(Place(kind).context())
