"""``stack user`` and ``stack mail``, as a developer uses them."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.api import PASSWORD, Api, Stack
from tests.e2e.conftest import run
from tests.e2e.srp import Person, totp

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def told(home: Path, *arguments: str) -> Any:
    """The JSON that a command prints."""
    code, printed = run(*arguments, "--json", "--home", str(home))
    assert code == 0
    return json.loads(printed)


def test_an_added_user_can_log_in_with_the_printed_password_and_is_listed(home: Path, stack: Stack, email: str) -> None:
    made = told(home, "user", "add", email.upper())
    assert Person(stack, email).log_in(made["password"]).sub == made["sub"]
    listed = {user["email"]: user for user in told(home, "user", "list")}
    assert (listed[email]["sub"], listed[email]["status"]) == (made["sub"], "CONFIRMED")


def test_adding_a_user_again_leaves_the_password_alone(home: Path, stack: Stack, email: str) -> None:
    told(home, "user", "add", email, "--password", PASSWORD)
    again = told(home, "user", "add", email, "--password", "Another-horse-7-battery")
    assert again["password"] is None
    Person(stack, email).log_in(PASSWORD)


def test_a_refused_password_makes_no_user_and_the_next_one_is_printed(
    home: Path, stack: Stack, email: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("user", "add", email, "--password", "weak", "--home", str(home)) == (1, "")
    assert "InvalidPasswordException" in capsys.readouterr().err
    assert email not in {user["email"] for user in told(home, "user", "list")}
    made = told(home, "user", "add", email)
    assert Person(stack, email).log_in(made["password"]).sub == made["sub"]


def test_somebody_who_has_not_confirmed_keeps_the_password_unless_one_is_given(
    home: Path, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(stack)
    person.sign_up()
    assert run("user", "add", person.email, "--home", str(home)) == (1, "")
    assert "Pass --password" in capsys.readouterr().err
    assert told(home, "user", "add", person.email, "--password", "-nother-Horse-7")["password"] == "-nother-Horse-7"
    person.log_in("-nother-Horse-7")


def test_a_token_is_all_that_is_printed_and_opens_the_api(home: Path, stack: Stack, email: str) -> None:
    told(home, "user", "add", email, "--password", PASSWORD)
    code, printed = run("user", "token", email, "--password", PASSWORD, "--home", str(home))
    assert code == 0
    assert Api(stack.api_url, printed.strip()).get("/profile")["email"] == email


def test_a_token_of_somebody_with_an_authenticator_app_needs_its_code(
    home: Path, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(stack, stack.sign_up().email).log_in()
    secret = person.enrol()
    arguments = ("user", "token", person.email, "--password", PASSWORD, "--home", str(home))
    assert run(*arguments) == (1, "")
    assert "Pass --code" in capsys.readouterr().err
    code, printed = run(*arguments, "--code", totp(secret))
    assert (code, printed.count(".")) == (0, 2)


def test_a_token_is_not_given_without_a_password(home: Path, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "token", stack.sign_up().email, "--home", str(home)) == (1, "")
    assert "pass --password" in capsys.readouterr().err


def test_mail_shows_the_code_that_confirms_a_sign_up(home: Path, stack: Stack) -> None:
    person = Person(stack)
    person.sign_up()
    (mail,) = told(home, "mail", person.email.upper())
    assert mail["to"] == person.email
    code, printed = run("mail", person.email, "--home", str(home))
    assert (code, person.mailed_code() in printed) == (0, True)
    assert told(home, "mail", "nobody@example.com") == []
    assert len(told(home, "mail")) > 0
