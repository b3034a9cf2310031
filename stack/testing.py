"""For the tests of other projects: a running, seeded stack with two signed-in users.

    # conftest.py, or the test module itself
    from stack.testing import expense_stack

    def test_something_of_mine(expense_stack):
        anna, ben = expense_stack.users
        requests.get(f"{expense_stack.api_url}/expenses", headers=anna.headers)

The stack is made once a test session, in about six seconds, by an embedded emulator in a temporary folder on a free
port, without Docker. It ends with the session, even if the session is killed. Set ``STACK_ENDPOINT_URL`` to use a stack
that runs already, such as that of `docker compose up`. Needs pytest, and this project installed in editable mode from a
checkout, which holds the emulator's environment and the handlers.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stack.cli.main import main
from stack.errors import StackError
from stack.local import emulator_start
from stack.target.session import emulator_client

__all__ = ["ExpenseStack", "SignedIn", "expense_stack", "running_stack"]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with demo data. The tokens live one hour."""

    email: str
    password: str
    sub: str
    id_token: str
    access_token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of this user's requests."""
        return {"Authorization": f"Bearer {self.id_token}"}


@dataclass(frozen=True, slots=True)
class ExpenseStack:
    """The addresses, names and ids of ``stack outputs --json``, and two users."""

    outputs: Mapping[str, Any]
    users: tuple[SignedIn, SignedIn]

    @property
    def api_url(self) -> str:
        """The HTTP API; ends in ``/v1``."""
        return str(self.outputs["api_url"])

    @property
    def endpoint_url(self) -> str:
        """The endpoint for boto3, with ``test`` as both keys."""
        return str(self.outputs["endpoint_url"])

    def client(self, service: Any) -> Any:
        """A boto3 client of the administrator."""
        return _client(self.outputs, service)


@pytest.fixture(scope="session")
def expense_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpenseStack]:
    """A seeded stack and two signed-in users, once a session."""
    with running_stack(str(tmp_path_factory.mktemp("expense-stack"))) as stack:
        yield stack


@contextlib.contextmanager
def running_stack(home: str, endpoint_url: str | None = None) -> Iterator[ExpenseStack]:
    """The same without pytest. ``home`` is the folder for the files of the emulator.

    Raises:
        StackError: the stack could not be started, provisioned or seeded.
    """
    endpoint_url = endpoint_url or os.environ.get("STACK_ENDPOINT_URL")
    if endpoint_url:
        yield _seeded(["--endpoint-url", endpoint_url])
        return
    where = ["--home", home]
    # Started here and not by `up`, so that it ends with this process.
    emulator_start(Path(home), 0, lent=True, region=os.environ.get("STACK_REGION"), say=_silently)
    try:
        _run("up", *where, "--port", "0", "--no-seed")
        yield _seeded(where)
    finally:
        _run("down", *where)


def _seeded(where: Sequence[str]) -> ExpenseStack:
    _run("seed", *where, "--users", "2")
    outputs = json.loads(_run("outputs", *where, "--json"))
    demo = outputs["demo"]
    name, _, domain = demo["email"].partition("@")
    first = _signed_in(outputs, demo["email"], demo["password"])
    return ExpenseStack(outputs, (first, _signed_in(outputs, f"{name}2@{domain}", demo["password"])))


def _signed_in(outputs: Mapping[str, Any], email: str, password: str) -> SignedIn:
    tokens = _client(outputs, "cognito-idp").initiate_auth(
        ClientId=outputs["user_pool_client_id"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )["AuthenticationResult"]
    claims = tokens["IdToken"].split(".")[1]
    sub = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    return SignedIn(email, password, sub, tokens["IdToken"], tokens["AccessToken"])


def _client(outputs: Mapping[str, Any], service: Any) -> Any:
    return emulator_client(service, endpoint_url=outputs["endpoint_url"], region=outputs["region"])


def _silently(_: str) -> None:
    """Print no progress among the lines of another project's tests."""


def _run(*arguments: str) -> str:
    printed, progress = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(progress):
        code = main(arguments)
    if code:
        output = f"{progress.getvalue()}{printed.getvalue()}"
        raise StackError(f"`stack {' '.join(arguments)}` ended with exit code {code}:\n{output}")
    return printed.getvalue()
