"""What another project's tests get from `stack.testing`: as theirs, in a folder and by a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.api import Stack
from tests.e2e.emulated import processes_of

FOREIGN = """
import urllib.error
import urllib.request
import json

import pytest
from stack.testing import expense_stack


def get(stack, user, path):
    request = urllib.request.Request(stack.api_url + path, headers=user.headers if user else {})
    with urllib.request.urlopen(request) as answer:
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


def run_theirs(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_theirs.py").write_text(FOREIGN)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("STACK_", "PYTEST_"))}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            f"--basetemp={folder}/theirs",
            str(folder),
        ],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_foreign_project_gets_a_seeded_stack_with_two_signed_in_users_and_nothing_stays(tmp_path: Path) -> None:
    done = run_theirs(tmp_path)

    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert processes_of(tmp_path) == []


def test_a_foreign_project_can_use_a_stack_that_runs_already(tmp_path: Path, stack: Stack) -> None:
    done = run_theirs(tmp_path, STACK_ENDPOINT_URL=stack.outputs["endpoint_url"])

    assert "3 passed" in done.stdout, done.stdout + done.stderr
