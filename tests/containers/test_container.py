"""A container of our image, through what happens to containers: killed, stopped, frozen, starved, edited."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.local.environments import PROJECT
from tests.containers import engine
from tests.containers.container import Container, container
from tests.e2e.api import COFFEE, Api, Stack

pytestmark = pytest.mark.deep

MEGABYTE = 1024**2


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the handlers, mounted where `docker-compose.yml` mounts ours."""
    return shutil.copytree(
        PROJECT / "handlers", tmp_path_factory.mktemp("app") / "handlers", ignore=shutil.ignore_patterns("__pycache__")
    )


@pytest.fixture(scope="module")
def ours(handlers: Path) -> Iterator[Container]:
    """A container with demo data, once it is ready."""
    handlers.parent.chmod(0o755)
    with container(handlers=handlers) as made:
        made.wait()
        yield made


@pytest.fixture
def stack(ours: Container) -> Stack:
    return ours.wait()


@pytest.fixture
def api(stack: Stack) -> Api:
    return stack.api(stack.sign_up())


def test_it_is_called_healthy_when_a_login_works_and_not_before(ours: Container, stack: Stack) -> None:
    before_it_was = [(health, ready) for health, answers, ready in ours.observed if answers]
    assert before_it_was, "the port answered only when all was done: nothing was observed"
    assert {health for health, _ in before_it_was} == {"starting"}
    assert before_it_was[0] == ("starting", False)

    demo = stack.outputs["demo"]
    user = stack.log_in(demo["email"], demo["password"])
    assert len(stack.api(user).get("/expenses", params={"limit": 200})["items"]) == 200


def test_its_address_is_the_same_inside_and_outside(ours: Container, stack: Stack) -> None:
    assert stack.api_url.startswith(f"http://127.0.0.1:{ours.port}/")
    look = f"import urllib.request as u; print(u.urlopen('{stack.api_url}/health').status)"
    assert ours.run("python", "-c", look) == (0, "200")
    assert httpx.get(f"{stack.api_url}/health").status_code == 200


def test_it_listens_on_no_other_address_of_this_machine(ours: Container) -> None:
    assert engine.asked("port", ours.id) == f"{ours.port}/tcp -> 127.0.0.1:{ours.port}"


def test_it_is_nobody_there_and_can_write_only_its_data(ours: Container) -> None:
    assert ours.run("id", "-u") == (0, "10001")
    code, said = ours.run("touch", "/app/handlers/x.py")
    assert code, said
    code, said = ours.run("touch", "/usr/bin/x")
    assert code, said
    assert ours.run("touch", "/data/x") == (0, "")


def test_killed_it_comes_back_with_its_last_snapshot_and_as_declared(ours: Container, stack: Stack) -> None:
    user = stack.sign_up()
    kept = stack.api(user).create()
    assert httpx.post(f"{ours.endpoint_url}/_stack/snapshot", timeout=30).status_code == 200
    stack.api(user).create(merchant="After the snapshot")

    ours.do("kill")
    ours.do("start")
    stack = ours.wait()

    again = stack.api(stack.log_in(user.email))
    assert again.get(f"/expenses/{kept['id']}") == kept
    assert "ended without stopping cleanly" in ours.logs()
    assert ours.run("stack", "plan")[0] == 0
    assert ours.run("stack", "verify")[0] == 0
    again.create(merchant="Works as before")


def test_stopped_it_loses_nothing(ours: Container, stack: Stack) -> None:
    user = stack.sign_up()
    kept = stack.api(user).create()

    ours.do("stop", "--time", "40")
    assert (ours.state()["ExitCode"], ours.state()["OOMKilled"]) == (0, False)
    ours.do("start")
    stack = ours.wait()

    assert stack.api(stack.log_in(user.email)).get(f"/expenses/{kept['id']}") == kept


def test_frozen_in_the_middle_of_requests_it_answers_them_when_it_thaws(
    ours: Container, stack: Stack, api: Api
) -> None:
    answers: list[int] = []

    def create_some() -> None:
        answers.extend(api.call("POST", "/expenses", json=COFFEE).status_code for _ in range(100))

    client = threading.Thread(target=create_some)
    client.start()
    until(lambda: answers)
    ours.do("pause")
    with pytest.raises(httpx.TimeoutException):
        httpx.get(f"{stack.api_url}/health", timeout=1)
    before = len(answers)
    ours.do("unpause")
    client.join(timeout=60)

    assert before < 100, "all requests were answered before the container froze"
    assert answers == [201] * 100
    assert len(api.all()) == 100


def test_a_handler_saved_on_the_host_serves_soon_and_one_that_does_not_compile_never(
    ours: Container, stack: Stack, handlers: Path
) -> None:
    source = handlers / "runtime" / "answer.py"
    before = source.read_text()
    (handlers / "functions" / "public.py").open("a").write("\nthis does not compile\n")
    until(lambda: "not deployed" in ours.logs())
    assert httpx.get(f"{stack.api_url}/health").status_code == 200

    (handlers / "functions" / "public.py").write_text((PROJECT / "handlers/functions/public.py").read_text())
    common = "{**common_headers(origin), "
    assert common in before
    source.write_text(before.replace(common, common + '"Cache-Control": "no-store, max-age=0", '))
    api = stack.api(stack.sign_up())
    until(lambda: api.call("GET", "/profile").headers.get("cache-control") == "no-store, max-age=0")
    source.write_text(before)
    until(lambda: api.call("GET", "/profile").headers.get("cache-control") == "no-store")


def test_it_stays_within_its_memory_while_it_works(ours: Container, api: Api) -> None:
    for number in range(50):
        api.create(merchant=f"Shop {number}")
    api.get("/reports/months/2026-03")

    assert engine.asked("inspect", "--format", "{{.HostConfig.Memory}}", ours.id) == str(2048 * MEGABYTE)
    peak = ours.run("sh", "-c", "cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes || cat /sys/fs/cgroup/memory.peak")
    assert peak[0] or int(peak[1].splitlines()[-1]) < 2048 * MEGABYTE
    assert not ours.state()["OOMKilled"]


def test_starved_of_memory_it_is_never_called_healthy() -> None:
    with container(memory="48m") as starved, pytest.raises(AssertionError):
        starved.wait()


def test_without_room_it_says_so_and_ends() -> None:
    made = engine.docker("run", "--rm", "--tmpfs", "/data:size=12m,uid=10001", engine.image())

    assert made[0] == 1
    assert "has 12 MB left, and a running stack takes 200 MB" in made[1]


def test_it_refuses_the_data_of_a_newer_version_and_leaves_them_alone() -> None:
    volume = "expenses-test-newer"
    newer = '{"project": "99.0.0", "ministack": "99.0.0"}'
    engine.asked("volume", "create", volume)
    try:
        write = ("--entrypoint", "sh", "--volume", f"{volume}:/data", engine.image(), "-c")
        engine.asked("run", "--rm", *write, f"echo '{newer}' > /data/version.json")
        with container(volume=volume) as old, pytest.raises(AssertionError, match="written by version 99"):
            old.wait()
        assert engine.asked("run", "--rm", *write, "cat /data/version.json; ls /data").startswith(newer)
    finally:
        engine.docker("volume", "rm", "--force", volume)


def until(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(0.2)
