"""Who makes the stack that the end-to-end tests ask for. They do not know, and this is all that does.

``process``     our emulator as a process, in a home of its own (the default)
``image``       a container of our image, by testcontainers
``compose``     docker-compose.yml, by testcontainers
``localstack``  LocalStack's image, with the user's token, and our provisioner
``endpoint``    whatever already runs at ``--stack-endpoint``; ``aws`` there means Amazon
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from stack.cli.main import main
from stack.local import emulator_start
from stack.local.environments import PROJECT
from tests.conftest import NOT_RUN
from tests.containers import engine
from tests.e2e.api import Stack

Maker = Callable[[Path, pytest.Config], AbstractContextManager[Stack]]
TOKEN = "LOCALSTACK_AUTH_TOKEN"


def run(*arguments: str) -> tuple[int, str]:
    """Run a ``stack`` command in this process; its exit code and what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(arguments)
    return code, printed.getvalue()


def told(*arguments: str) -> Stack:
    """The stack that a command printed as JSON; it must succeed."""
    code, printed = run(*arguments, "--json")
    assert code == 0, printed
    return Stack(json.loads(printed))


@contextlib.contextmanager
def process(home: Path, config: pytest.Config) -> Iterator[Stack]:
    emulator_start(home, 0, lent=True)  # it ends with the tests, even if they are killed
    try:
        yield told("up", "--home", str(home), "--port", "0", "--no-seed")
    finally:
        run("down", "--home", str(home))


@contextlib.contextmanager
def image(home: Path, config: pytest.Config) -> Iterator[Stack]:
    from tests.containers.container import container

    need_an_engine()
    with container("up", "--foreground", "--no-seed") as made:
        made.wait()
        yield told("outputs", "--endpoint-url", made.endpoint_url)


@contextlib.contextmanager
def compose(home: Path, config: pytest.Config) -> Iterator[Stack]:
    from tests.containers.composed import composed

    need_an_engine()
    with composed(home) as project:
        project.up()
        yield told("outputs", "--endpoint-url", f"http://127.0.0.1:{project.port}")


@contextlib.contextmanager
def localstack(home: Path, config: pytest.Config) -> Iterator[Stack]:
    need_an_engine()
    if not (token := os.environ.get(TOKEN)):
        pytest.skip(f"{NOT_RUN}on LocalStack's image: {TOKEN} is not set")
    from testcontainers.community.localstack import LocalStackContainer

    tag = os.environ.get("LOCALSTACK_TAG") or pinned_tag()
    made = LocalStackContainer(f"localstack/localstack:{tag}", region_name="us-east-1")
    made.with_env(TOKEN, token).with_volume_mapping("/var/run/docker.sock", "/var/run/docker.sock", "rw")
    with made:
        where = ("--target", "localstack", "--endpoint-url", made.get_url())
        assert run("apply", *where)[0] == 0
        yield told("outputs", *where)


@contextlib.contextmanager
def endpoint(home: Path, config: pytest.Config) -> Iterator[Stack]:
    url = config.getoption("--stack-endpoint")
    assert url, "--stack-by endpoint needs --stack-endpoint URL"
    where = () if url == "aws" else ("--endpoint-url", url)
    yield told("outputs", "--target", "aws" if url == "aws" else config.getoption("--stack-target"), *where)


MAKERS: dict[str, Maker] = {each.__name__: each for each in (process, image, compose, localstack, endpoint)}


def chosen(config: pytest.Config) -> str:
    """The name of the maker that the command line asks for."""
    return "endpoint" if config.getoption("--stack-endpoint") else str(config.getoption("--stack-by"))


def need_an_engine() -> None:
    """Leave the test out, aloud, where containers cannot be run."""
    if reason := engine.why_not():
        pytest.skip(f"{NOT_RUN}on a stack in a container: {reason}")


def pinned_tag() -> str:
    """LocalStack's tag, which `docker-compose.yml` pins for everybody."""
    found = re.search(r"LOCALSTACK_TAG:-([\w.]+)}", (PROJECT / "docker-compose.yml").read_text())
    assert found
    return found[1]
