"""``stack logs`` on a running stack: all lines, new ones as they come, and the way from a problem to its cause."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import STOCK, Api, Stack, User
from tests.e2e.conftest import run
from tests.e2e.logged import lines
from tests.e2e.receipts import Wallet, send, wait_until
from tests.unit import files

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack without our patches writes no access log")
BROKEN = {
    "raises": ("def handler(event, context):\n    raise ValueError('no such thing')\n", "ValueError: no such thing"),
    "ends": ("import os\ndef handler(event, context):\n    os._exit(3)\n", "Worker process died"),
    "does not start": ("import nothing_of_this_name\n", "the function wrote no line of its own"),
    "is too slow": ("import time\ndef handler(event, context):\n    time.sleep(30)\n", "Task timed out after 1.00"),
}


def logs(home: Path, *arguments: str) -> str:
    code, printed = run("logs", "--home", str(home), *arguments)
    assert code == 0, printed
    return printed


def documents(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def story(home: Path, answer: httpx.Response, *, until: str = "REPORT") -> str:
    """What is told of a request, once it has a text."""
    told = ""

    def is_told() -> bool:
        nonlocal told
        code, told = run("logs", "--home", str(home), "--request", answer.headers["x-amzn-requestid"])
        return code == 0 and until in told

    wait_until(is_told)
    return told


def sources(told: str) -> list[str]:
    """The source of each line, without those below a line."""
    return [line.split()[1] for line in told.splitlines() if line.startswith("20")]


def test_every_event_of_every_group_is_printed_once_and_by_time(stack: Stack, home: Path, api: Api) -> None:
    for _ in range(5):
        api.create()
    api.call("GET", "/expenses", params={"limit": "x"})
    time.sleep(1)  # the gateway's lines come a moment later
    printed = documents(logs(home, "--json", "--since", "1d"))
    times = [each["time"] for each in printed]
    assert times == sorted(times)
    written = [json.loads(line) if line.startswith("{") else line for line in lines(stack)]
    assert Counter(json.dumps(each["message"]) for each in printed) == Counter(map(json.dumps, written))
    assert {"api", "expenses"} <= {each["source"] for each in printed}


def test_a_request_has_a_line_of_the_gateway_and_one_of_its_function(home: Path, api: Api) -> None:
    answer = api.call("POST", "/expenses", json={"date": 1})
    told = story(home, answer)
    assert sources(told) == ["api", "expenses", "expenses"]
    assert "POST /expenses" in told
    assert told.count("dynamodb.GetItem") == 1, "the account is not closed"
    assert "Cause" not in told


def test_a_refusal_of_the_gateway_names_its_type(stack: Stack, home: Path) -> None:
    answer = stack.api().call("GET", "/expenses")
    assert "Cause: API Gateway refused the request: UNAUTHORIZED." in story(home, answer, until="401")


def test_a_story_goes_on_in_the_functions_that_a_request_led_to(stack: Stack, home: Path) -> None:
    wallet = Wallet.of(stack)
    photo = files.photo(size=(70, 50))
    asked = wallet.try_to_ask(wallet.api.create(), photo)
    send(asked.json()["upload"], photo)
    told = story(home, asked, until="ready")
    assert list(dict.fromkeys(sources(told))) == ["api", "receipts", "processor"]
    assert "s3.GetObject" in told
    closed = wallet.api.call("DELETE", "/profile", params={"confirm": "delete"})
    told = story(home, closed, until="cognito-idp.AdminDeleteUser")
    assert list(dict.fromkeys(sources(told))) == ["api", "profile", "eraser"]


def test_a_problem_leads_to_its_cause_by_one_command(stack: Stack, home: Path, user: User) -> None:
    """A role lost its permissions. An engineer has the problem that a client got, and nothing else."""
    iam, role = stack.client("iam"), f"{stack.outputs['functions']['reports']}-us-east-1"
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        answer = stack.api(user).http.get(f"{stack.api_url}/reports/months/2026-11")
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))
    assert (answer.status_code, answer.json()["instance"]) == (500, answer.headers["x-amzn-requestid"])
    told = story(home, answer)
    cause = told.splitlines()[-1]
    assert cause.startswith("Cause: reports: ClientError AccessDeniedException at handlers/store/")
    assert cause.endswith(" in get_month.")
    assert "dynamodb.GetItem  AccessDeniedException" in told
    assert answer.json()["instance"] in logs(home, "--errors", "reports")
    assert answer.json()["instance"] in logs(home, "--errors", "--route", "GET /reports/months/2026-11", "api")


@pytest.fixture
def break_public(stack: Stack, home: Path) -> Iterator[Callable[[str], None]]:
    """Let the function of the public routes run other code; afterwards it is as declared."""
    client, name = stack.client("lambda"), stack.outputs["functions"]["public"]

    def replace(source: str) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", source)
        client.update_function_configuration(FunctionName=name, Handler="app.handler", Timeout=1)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = client.update_function_code(FunctionName=name, ZipFile=packed.getvalue(), Publish=True)["Version"]
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    yield replace
    assert run("apply", "--home", str(home))[0] == 0


@pytest.mark.parametrize("fault", BROKEN)
def test_a_function_that_logged_nothing_of_ours_has_a_cause_as_well(
    fault: str, stack: Stack, home: Path, break_public: Callable[[str], None]
) -> None:
    source, said = BROKEN[fault]
    break_public(source)
    answer = httpx.get(f"{stack.api_url}/health", timeout=60)
    assert answer.status_code >= 500
    told = story(home, answer)
    assert f"Cause: public: {said}" in told


@pytest.fixture
def followed(home: Path, tmp_path: Path, heeds_interrupts: None) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that follows the logs, and the file that it prints to."""
    command = [sys.executable, "-m", "stack.cli", "logs", "--home", str(home), "--follow", "--json", "--since", "5s"]
    with (tmp_path / "printed").open("w") as out:
        follower = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True)
        try:
            yield follower, tmp_path / "printed"
        finally:
            follower.kill()
            follower.communicate()


def test_a_follower_prints_each_new_event_once_and_ends_quietly(
    home: Path, api: Api, followed: tuple[subprocess.Popen[str], Path]
) -> None:
    follower, printed = followed
    wait_until(lambda: bool(api.create()) and printed.stat().st_size > 0)
    ids = []
    for _ in range(30):
        ids.append(api.call("GET", "/expenses").headers["x-amzn-requestid"])
        time.sleep(0.1)
    wait_until(lambda: all(printed.read_text().count(each) >= 2 for each in ids))
    time.sleep(3)  # in which it reads three times more
    follower.send_signal(signal.SIGINT)
    assert (follower.communicate(timeout=60)[1], follower.returncode) == ("", 130)
    assert _of(ids, printed.read_text()) == _of(ids, logs(home, "--json", "--since", "1d"))


def _of(ids: list[str], printed: str) -> Counter[str]:
    """The events of some requests, each as often as it was printed."""
    found = [json.dumps(each, sort_keys=True) for each in documents(printed)]
    return Counter(each for each in found if any(one in each for one in ids))
