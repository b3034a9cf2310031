"""One stack a test worker, in a home of its own on a free port; and users to sign in."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.cli import main
from stack.target import Target, TargetKind
from tests.conftest import NOT_RUN
from tests.e2e.api import Api, Stack, User
from tests.e2e.opinions import opinion
from tests.localstack.server import Unavailable


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


@pytest.fixture(scope="module", params=[TargetKind.MOTO, TargetKind.LOCALSTACK], ids=str)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """An empty target of another implementation than the emulator's; both in turn."""
    try:
        with opinion(request.param, tmp_path_factory.mktemp("opinion")) as made:
            yield made
    except Unavailable as error:
        pytest.skip(f"{NOT_RUN}LocalStack's open core: {error}")
