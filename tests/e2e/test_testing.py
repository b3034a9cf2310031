"""`stack.testing` as another project uses it: in a folder and by a pytest of that project's own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.api import Stack
from tests.e2e.emulated import PROC, processes_of

FOREIGN = """
import urllib.error
import urllib.request
import json

import pytest
from stack.testing import expense_stack


directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def get(stack, user, path):
    request = urllib.request.Request(stack.api_url + path, headers=user.headers if user else {})
    with directly(request) as answer:
        return json.load(answer)


def test_both_users_have_data_and_not_the_same(expense_stack):
    first, second = (get(expense_stack, user, "/expenses?limit=5")["items"] for user in expense_stack.users)
    assert len(first) == len(second) == 5
    assert {each["id"] for each in first}.isdisjoint(each["id"] for each in second)


def test_nobody_gets_nothing(expense_stack):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(expense_stack, None, "/expenses")


def test_the_table_can_be_looked_into(expense_stack):
    count = expense_stack.client("dynamodb").scan(TableName=expense_stack.outputs["table_name"], Select="COUNT")
    assert count["Count"] > 100
    assert expense_stack.users[0].sub != expense_stack.users[1].sub
"""


STAYING = """
import time
from stack.testing import expense_stack


def test_it(expense_stack):
    print(f"ready: {expense_stack.endpoint_url}", flush=True)
    time.sleep(60)
"""
ELSEWHERE = """
[default]
region = eu-north-1
endpoint_url = http://127.0.0.1:9
use_fips_endpoint = true
s3 =
  use_accelerate_endpoint = true
"""


def pytest_of_theirs(folder: Path, tests: str) -> list[str]:
    """Write the tests of another project, and return the command that runs them."""
    (folder / "test_theirs.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", f"--basetemp={folder}/theirs")
    return [sys.executable, "-m", "pytest", *options, str(folder)]


def environment(**variables: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "PYTEST_"))}
    return {**inherited, **variables}


def run_theirs(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        pytest_of_theirs(folder, FOREIGN),
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_foreign_project_gets_a_seeded_stack_with_two_signed_in_users_and_nothing_stays(tmp_path: Path) -> None:
    """On a machine behind a company's proxy, whose AWS configuration is meant for other endpoints."""
    (tmp_path / "config").write_text(ELSEWHERE)
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    done = run_theirs(
        tmp_path,
        **proxy,
        NO_PROXY="",
        no_proxy="",
        AWS_CONFIG_FILE=str(tmp_path / "config"),
        AWS_PROFILE="gone",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_MAX_ATTEMPTS="nonsense",
    )

    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert processes_of(tmp_path) == []


def test_a_foreign_project_can_use_a_stack_that_runs_already(tmp_path: Path, stack: Stack) -> None:
    done = run_theirs(tmp_path, STACK_ENDPOINT_URL=stack.outputs["endpoint_url"])

    assert "3 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.deep
@pytest.mark.skipif(not PROC.exists(), reason="processes are read from /proc")
def test_a_test_run_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    command = pytest_of_theirs(tmp_path, STAYING)
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as theirs:
        assert theirs.stdout
        assert any(line.startswith("ready: ") for line in theirs.stdout)
        assert len(processes_of(tmp_path)) > 2, "pytest, the emulator and its workers"
        theirs.kill()

    deadline = time.monotonic() + 20
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(tmp_path) == []
