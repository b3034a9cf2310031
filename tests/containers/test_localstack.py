"""The profile localstack of docker-compose.yml, and the provisioner against a LocalStack in a container.

Behind the official image's name stands LocalStack's open core (``tests/localstack/Dockerfile``): the image itself needs
an account. What we could not run so is what the core lacks: Cognito, DynamoDB, and functions in containers.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.engine.engine import Engine
from stack.target.capabilities import unreadable
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from stack.topology.addresses import API
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.containers import engine
from tests.containers.composed import composed
from tests.e2e.opinions import STACK, kinds_of
from tests.e2e.test_second_opinions import the_api_answers

pytestmark = pytest.mark.deep

PYTHON = "python3.13"
"""Of the handlers in the container, whatever runs these tests."""


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """Its open core in a container, empty."""
    from testcontainers.core.container import DockerContainer

    port = engine.free_port()
    made = DockerContainer(engine.localstack_core()).with_env("GATEWAY_LISTEN", f"0.0.0.0:{port}")
    made.ports[str(port)] = ("127.0.0.1", port)  # type: ignore[assignment]  # docker-py takes an address, too
    monkeypatch.setattr("stack.topology.functions.runtime", lambda _: PYTHON)
    with made:
        answers(f"http://127.0.0.1:{port}/_localstack/health")
        yield connect(TargetKind.LOCALSTACK, stack=STACK, region=None, endpoint_url=f"http://127.0.0.1:{port}")


def test_the_whole_topology_is_made_there_found_again_as_declared_and_answers(target: Target) -> None:
    """``test_second_opinions.py`` goes on from there, on a core in a process."""
    declared = topology(target, Options(web_origin="https://app.example.com"))
    provisioner = Engine(kinds_of(target), STACK, functools.partial(unreadable, target.kind))
    done = provisioner.apply(provisioner.plan(declared))
    assert done.failed == ()
    the_api_answers(done.outputs[API]["url"])
    assert provisioner.plan(declared).pending == ()


def test_the_profile_starts_it_hands_it_the_token_and_begins_nothing_that_it_cannot_end(tmp_path: Path) -> None:
    tag = engine.localstack_core().partition(":")[2]
    token, port = "ls-a-token-of-mine", engine.free_port()
    with composed(tmp_path, LOCALSTACK_AUTH_TOKEN=token, LOCALSTACK_TAG=tag, LOCALSTACK_PORT=port) as project:
        code, said = project("--profile", "localstack", "up", "--wait", "localstack-stack")

        assert code, said
        assert project("exec", "localstack", "printenv", "LOCALSTACK_AUTH_TOKEN") == (0, token)
        assert httpx.get(f"http://127.0.0.1:{port}/_localstack/health").status_code == 200
        logged = project("--profile", "localstack", "logs", "localstack-stack")[1]
        assert "nothing was written" in logged
        assert {"table", "user_pool"} == {line.split()[2].rstrip(":") for line in logged.splitlines() if "   " in line}
        assert project("--profile", "localstack", "down", "--volumes", "--timeout", "1")[0] == 0


def answers(url: str, seconds: float = 60) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")
