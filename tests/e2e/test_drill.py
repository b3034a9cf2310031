"""``stack drill``: every alarm fires for real, and a drill that was killed is repaired by the next apply."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stack.drill.listener import Listener
from stack.local.environments import PROJECT
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from stack.topology.watching.alarm_list import alarm_specs
from tests.e2e.api import Stack
from tests.e2e.conftest import run
from tests.unit.test_topology import target as declared

SPECS = alarm_specs(declared(TargetKind.LOCAL))
FIRED = [each.key for each in SPECS if not each.aws_only]
BRIEF = ("server_errors", "latency_create", "dead_letters")
"""One alarm on each of API Gateway, a metric of our own and a queue; ``make test-deep`` fires all of them."""
UNPROVOKED = [each.key for each in SPECS if each.aws_only]


@pytest.fixture
def at(stack: Stack) -> Target:
    endpoint = stack.outputs["endpoint_url"]
    return connect(TargetKind.LOCAL, stack=stack.outputs["name"], region=None, endpoint_url=endpoint)


def drilled(home: Path, alarm: str) -> tuple[int, Any]:
    code, printed = run("drill", alarm, "--json", "--home", str(home))
    return code, json.loads(printed)


@pytest.mark.usefixtures("no_dead_letters")
@pytest.mark.parametrize("alarm", [key if key in BRIEF else pytest.param(key, marks=pytest.mark.deep) for key in FIRED])
def test_an_alarm_fires_and_notifies_a_subscriber_and_recovers_and_leaves_nothing(
    home: Path, at: Target, alarm: str
) -> None:
    code, (result,) = drilled(home, alarm)
    assert (code, result["ok"], result["reason"]) == (0, True, "")
    assert result["notified_seconds"] is not None
    assert Listener(at).alarm() is None
    assert subscriptions(at) == []
    assert run("drift", "--home", str(home))[0] == 0
    assert speed(at) == 1


@pytest.mark.parametrize("alarm", UNPROVOKED)
@pytest.mark.usefixtures("stack")
def test_an_alarm_that_nobody_can_fire_says_so(home: Path, alarm: str) -> None:
    code, (result,) = drilled(home, alarm)
    assert (code, result["ok"], result["impossible"]) == (1, False, True)
    assert "DynamoDB" in result["reason"]


@pytest.mark.usefixtures("stack")
def test_an_unknown_alarm_is_refused_with_the_nearest_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("drill", "dead-lettres", "--home", str(home))[0] == 1
    assert "Did you mean dead_letters?" in capsys.readouterr().err


def throttled(at: Target) -> bool:
    found = at.client("lambda").get_function_concurrency(FunctionName=at.named("public"))
    return bool(found.get("ReservedConcurrentExecutions") == 0)


def lettered(at: Target) -> bool:
    sqs = at.client("sqs")
    url = sqs.get_queue_url(QueueName=at.named("dead-letters"))["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return bool(found["ApproximateNumberOfMessages"] != "0")


@pytest.mark.usefixtures("no_dead_letters")
@pytest.mark.parametrize(("alarm", "broken"), [("throttles", throttled), ("dead_letters", lettered)])
def test_a_killed_drill_is_told_of_and_repaired_by_the_next_apply(
    home: Path, at: Target, alarm: str, broken: Callable[[Target], bool], capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--endpoint-url", str(at.endpoint_url))
    begun = subprocess.Popen([sys.executable, "-m", "stack.cli", "drill", alarm, *where], cwd=PROJECT)
    try:
        until(lambda: broken(at))
    finally:
        begun.send_signal(signal.SIGKILL)
        begun.wait()
    assert run("status", *where)[0] == 0
    assert f"A drill of {alarm} runs, or was broken off." in capsys.readouterr().err
    assert json.loads(run("status", "--json", *where)[1])["drill"].startswith(f"A drill of {alarm}")
    assert run("drill", alarm, *where)[0] == 1, "the next drill does not begin"
    assert run("apply", *where)[0] == 0
    assert not broken(at)
    assert Listener(at).alarm() is None
    assert subscriptions(at) == []
    assert speed(at) == 1
    assert run("drift", "--home", str(home))[0] == 0


@pytest.mark.usefixtures("heeds_interrupts")
def test_an_interrupted_drill_repairs_what_it_broke(at: Target) -> None:
    where = ("--endpoint-url", str(at.endpoint_url))
    begun = subprocess.Popen([sys.executable, "-m", "stack.cli", "drill", "throttles", *where], cwd=PROJECT)
    until(lambda: throttled(at))
    begun.send_signal(signal.SIGINT)
    assert begun.wait(60) == 130
    assert not throttled(at)
    assert Listener(at).alarm() is None


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def subscriptions(at: Target) -> list[Any]:
    topic = at.arn("sns", at.named("alarms"))
    return list(at.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"])


def speed(at: Target) -> float:
    import httpx

    return float(httpx.get(f"{at.endpoint_url}/_stack/alarm-clock").json()["speed"])
