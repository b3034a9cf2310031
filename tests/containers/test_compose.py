"""`docker compose up --wait`, as a developer runs it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.containers.composed import Composed, composed
from tests.e2e.api import Stack

pytestmark = pytest.mark.deep

TOKEN_SENTENCE = "LOCALSTACK_AUTH_TOKEN is not set"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("projects")
    for each in (made, made.parent):
        each.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def two(folder: Path) -> Iterator[tuple[Composed, Composed]]:
    """Two projects, started at once."""
    with composed(folder) as one, composed(folder) as other:
        with ThreadPoolExecutor() as both:
            list(both.map(Composed.up, (one, other)))
        yield one, other


@pytest.fixture
def stacks(two: tuple[Composed, Composed]) -> tuple[Stack, Stack]:
    one, other = two
    return one.up(), other.up()


def test_two_projects_on_one_machine_are_two_stacks(stacks: tuple[Stack, Stack]) -> None:
    one, other = stacks
    user = one.sign_up()
    one.api(user).create()

    assert one.api_url != other.api_url
    assert other.client("dynamodb").scan(TableName=other.outputs["table_name"], Select="COUNT")["Count"] == 0
    assert other.api(user).call("GET", "/expenses").status_code == 401


def test_up_a_second_time_changes_nothing(two: tuple[Composed, Composed]) -> None:
    project = two[0]
    stack = project.up()
    user = stack.sign_up()
    before = project("ps", "--quiet")

    stack = project.up()

    assert project("ps", "--quiet") == before
    assert stack.log_in(user.email).sub == user.sub


def test_restarted_or_taken_down_and_up_it_keeps_its_data(two: tuple[Composed, Composed]) -> None:
    project = two[0]
    stack = project.up()
    user = stack.sign_up()
    kept = stack.api(user).create()

    assert project("restart")[0] == 0
    stack = project.up()
    assert stack.api(stack.log_in(user.email)).get(f"/expenses/{kept['id']}") == kept
    assert project("down")[0] == 0
    stack = project.up()
    assert stack.api(stack.log_in(user.email)).get(f"/expenses/{kept['id']}") == kept


def test_a_taken_port_is_named_nothing_is_lost_and_another_one_does(folder: Path) -> None:
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", 0))
        foreign.listen()
        port = foreign.getsockname()[1]
        with composed(folder, STACK_PORT=port) as project:
            code, said = project("up", "--detach")
    assert code
    assert str(port) in said
    assert "address already in use" in said


def test_the_plain_up_needs_no_token_and_its_profile_says_what_it_lacks(folder: Path) -> None:
    with composed(folder, LOCALSTACK_AUTH_TOKEN="") as project:
        code, said = project("config", "--services")
        assert (code, said) == (0, "stack")
        code, said = project("--profile", "localstack", "up", "--detach")
        assert code
        assert TOKEN_SENTENCE in said
        assert "ull" not in said, "it began to pull the image"


def test_down_with_volumes_leaves_nothing(two: tuple[Composed, Composed]) -> None:
    project = two[1]
    project.up()
    assert project.left()

    code, said = project("down", "--volumes")

    assert code == 0, said
    assert project.left() == ""
