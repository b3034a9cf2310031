"""One stack a test worker, in a home of its own on a free port; and users to sign in."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.cli import main
from tests.e2e.api import Api, Stack, User


def run(*arguments: str) -> tuple[int, str]:
    """Run a ``stack`` command in this process; its exit code and what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(arguments)
    return code, printed.getvalue()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack-home")


@pytest.fixture(scope="session")
def stack(home: Path) -> Iterator[Stack]:
    """A whole stack without demo data."""
    code, printed = run("up", "--home", str(home), "--port", "0", "--no-seed", "--json")
    try:
        assert code == 0, printed
        yield Stack(json.loads(printed))
    finally:
        run("down", "--home", str(home))


@pytest.fixture
def user(stack: Stack) -> User:
    return stack.sign_up()


@pytest.fixture
def api(stack: Stack, user: User) -> Api:
    return stack.api(user)


@pytest.fixture
def stranger(stack: Stack) -> Api:
    """Another signed-in user."""
    return stack.api(stack.sign_up())
