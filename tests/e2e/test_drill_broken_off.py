"""A drill that dies at any of its writes: ``stack status`` tells of it, and the next apply repairs the stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stack.drill.listener import Listener
from stack.local.environments import PROJECT
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from tests.e2e.api import Stack
from tests.e2e.conftest import run

DYING = """
import os, sys
import botocore.client
from stack.cli.main import main
from stack.drill.listener import Listener

alarm, left, home = sys.argv[1], int(sys.argv[2]), sys.argv[3]
named, call = Listener.name_alarm, botocore.client.BaseClient._make_api_call
begun = False

def name_alarm(listener, key):
    global begun
    named(listener, key)
    begun = True

def make(client, operation, arguments):
    global left
    if begun and not operation.startswith(("Get", "Describe", "List", "Receive")):
        left -= 1
        if left < 0:
            os._exit(9)
    return call(client, operation, arguments)

Listener.name_alarm, botocore.client.BaseClient._make_api_call = name_alarm, make
sys.exit(main(["drill", alarm, "--home", home]))
"""
"""A drill whose process ends at once, without any repair, before a write of the stack."""
BEGINS = {"latency_list": 1, "server_errors": 3, "erasures_age": 3}
"""The writes with which a drill begins. The next one belongs to the wait, or to the repair."""
BRIEF = {("latency_list", 1), ("erasures_age", 3)}
DEATHS = [
    pytest.param(alarm, after, marks=() if (alarm, after) in BRIEF else pytest.mark.deep)
    for alarm, writes in BEGINS.items()
    for after in range(writes + 1)
]


@pytest.fixture
def at(stack: Stack) -> Target:
    endpoint = stack.outputs["endpoint_url"]
    return connect(TargetKind.LOCAL, stack=stack.outputs["name"], region=None, endpoint_url=endpoint)


def queued(at: Target) -> dict[str, Any]:
    sqs, names = at.client("sqs"), ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    urls = [sqs.get_queue_url(QueueName=at.named(each))["QueueUrl"] for each in ("dead-letters", "erasures")]
    return {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls}


def versions(at: Target) -> int:
    """The number of versions, with $LATEST."""
    return len(at.client("lambda").list_versions_by_function(FunctionName=at.named("public"))["Versions"])


@pytest.mark.usefixtures("no_dead_letters")
@pytest.mark.parametrize(("alarm", "after"), DEATHS)
def test_the_next_apply_repairs_a_drill_that_died(stack: Stack, home: Path, at: Target, alarm: str, after: int) -> None:
    before = queued(at)
    died = subprocess.run(
        [sys.executable, "-c", DYING, alarm, str(after), str(home)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert died.returncode == 9
    told = json.loads(run("status", "--home", str(home), "--json")[1])["drill"]
    assert told == f"A drill of {alarm} runs, or was broken off. `stack apply` repairs it."
    assert run("apply", "--home", str(home))[0] == 0
    assert Listener(at).alarm() is None
    assert json.loads(run("status", "--home", str(home), "--json")[1])["drill"] is None
    assert run("drift", "--home", str(home))[0] == 0
    assert queued(at) == before
    assert versions(at) <= 3, "the live one, the one before it, and $LATEST"
    assert stack.api().call("GET", "/health").status_code == 200
