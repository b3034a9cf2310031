"""One stack a test worker, in a home of its own on a free port; and users to sign in."""

from __future__ import annotations

import functools
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import create_loader

from stack.target.target import Target
from stack.target.target_kind import TargetKind
from tests.conftest import NOT_RUN
from tests.e2e.api import Api, Stack, User
from tests.e2e.logged import private
from tests.e2e.makers import MAKERS, chosen, run
from tests.e2e.opinions import opinion
from tests.localstack.server import Unavailable

__all__ = ["run"]


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Share botocore's models between sessions: each command makes a session, which would read them again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.session, "create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="session")
def home(_home: Path, pytestconfig: pytest.Config) -> Path:
    """The home of the stack's emulator, for tests that look into it or give commands there."""
    if chosen(pytestconfig) != "process":
        pytest.skip("this test needs the home of an embedded emulator, and the stack is not one")
    return _home


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack-home")


@pytest.fixture(scope="session")
def stack(_home: Path, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """A whole stack without demo data, by whom the command line says. After all tests its logs are read."""
    with MAKERS[chosen(pytestconfig)](_home, pytestconfig) as made:
        yield made
        if chosen(pytestconfig) == "process":
            assert private(made, _home / "emulator.log") == [], "a log holds what it must not"


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Children heed Ctrl-C even if we were started in the background of a shell, which has us and them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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


@pytest.fixture
def no_dead_letters(stack: Stack) -> None:
    """A queue of dead letters without those that tests before left, for one that looks at it or runs ``verify``."""
    stack.client("sqs").purge_queue(QueueUrl=stack.outputs["dead_letters_url"])


def several_at_once(test: Any) -> Any:
    """Give a race its number of ``racers``: each has a worker of its function, which takes half a second to start."""
    return pytest.mark.parametrize("racers", [6, pytest.param(20, marks=pytest.mark.deep)])(test)


OPINIONS = [TargetKind.MOTO, pytest.param(TargetKind.LOCALSTACK, marks=pytest.mark.deep)]


@pytest.fixture(scope="module", params=OPINIONS, ids=str)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """An empty target of another implementation than the emulator's; both in turn."""
    try:
        with opinion(request.param, tmp_path_factory.mktemp("opinion")) as made:
            yield made
    except Unavailable as error:
        pytest.skip(f"{NOT_RUN}LocalStack's open core: {error}")
