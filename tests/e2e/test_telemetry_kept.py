"""Metrics and log lines survive: a kill, a stop, a time without our patches, and weeks in which they get old."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.local import Running, emulator_status, emulator_stop, snapshot
from tests.e2e.api import STOCK
from tests.e2e.emulated import client, make_function, start
from tests.e2e.receipts import wait_until

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published has no telemetry")
SAYS = "def handler(event, context):\n    print('said', event)\n"
GROUP = "/aws/lambda/says"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    emulator_stop(tmp_path / "home")


def kill(running: Running) -> None:
    """Kill it a second after its last work."""
    time.sleep(1)
    os.kill(running.pid, signal.SIGKILL)
    while emulator_status(running.home):
        time.sleep(0.01)


def invoke(running: Running, times: int) -> None:
    for number in range(times):
        client(running, "lambda").invoke(FunctionName="says", Payload=str(number).encode())


def put(running: Running, **datum: Any) -> None:
    client(running, "cloudwatch").put_metric_data(Namespace="Own", MetricData=[{"MetricName": "Mine", **datum}])


def counted(running: Running, namespace: str, metric: str, **dimensions: str) -> float:
    """The sum of a metric over the last hour."""
    now = dt.datetime.now(dt.UTC)
    points = client(running, "cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=metric, Statistics=["Sum"], Period=3600,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - dt.timedelta(hours=1), EndTime=now + dt.timedelta(hours=1),
    )["Datapoints"]  # fmt: skip
    return float(sum(point["Sum"] for point in points))


def said(running: Running) -> list[str]:
    events = client(running, "logs").filter_log_events(logGroupName=GROUP)["events"]
    return sorted(event["message"] for event in events if event["message"].startswith("said"))


def facts(running: Running) -> tuple[float, float, int]:
    """What two invocations before a snapshot and three after it left: invocations, data points, lines."""
    invocations = counted(running, "AWS/Lambda", "Invocations", FunctionName="says")
    return invocations, counted(running, "Own", "Mine"), len(said(running))


def make(home: Path) -> Running:
    """An emulator with a function, a snapshot after two invocations, and three invocations more."""
    running = start(home)
    make_function(running, "says", SAYS)
    invoke(running, 2)
    put(running, Value=1)
    wait_until(lambda: facts(running) == (2, 1, 2))
    snapshot(home)
    invoke(running, 3)
    put(running, Values=[2.0, 5.0], Counts=[2.0, 1.0])
    wait_until(lambda: facts(running) == (5, 10, 5))
    return running


def test_a_kill_loses_no_metric_and_no_line_of_more_than_a_second_ago(home: Path) -> None:
    kill(make(home))
    assert facts(start(home)) == (5, 10, 5)


def test_nothing_is_counted_twice_after_kills_snapshots_and_a_stop(home: Path) -> None:
    kill(make(home))
    again = start(home)
    kill(again)
    once_more = start(home)
    invoke(once_more, 1)
    wait_until(lambda: facts(once_more) == (6, 10, 6))
    snapshot(home)
    kill(once_more)
    assert facts(start(home)) == (6, 10, 6)
    emulator_stop(home)
    assert facts(start(home)) == (6, 10, 6)


def test_a_snapshot_empties_the_journal(home: Path) -> None:
    running, journal = make(home), home / "state" / "journal"
    wait_until(lambda: sum(file.stat().st_size for file in journal.iterdir()) > 1000)
    snapshot(home)
    assert sum(file.stat().st_size for file in journal.iterdir()) < 1000
    assert facts(running) == (5, 10, 5)


def test_the_last_line_of_a_killed_run_may_be_half_a_line(home: Path) -> None:
    kill(make(home))
    newest = max((home / "state" / "journal").iterdir(), key=lambda file: int(file.name))
    with newest.open("a") as file:
        file.write('["points", [["0000')
    assert facts(start(home)) == (5, 10, 5)


def test_a_time_without_our_patches_leaves_no_journal_that_is_counted_again(home: Path) -> None:
    make(home)
    emulator_stop(home)
    start(home, stock=True)
    emulator_stop(home)
    assert facts(start(home)) == (5, 10, 5)


def test_log_events_older_than_the_retention_of_their_group_are_removed(home: Path) -> None:
    running = start(home)
    logs, where = client(running, "logs"), {"logGroupName": "old", "logStreamName": "one"}
    logs.create_log_group(logGroupName="old")
    logs.put_retention_policy(logGroupName="old", retentionInDays=1)
    logs.create_log_stream(**where)
    two_days_ago = int((time.time() - 2 * 86_400) * 1000)
    logs.put_log_events(**where, logEvents=[{"timestamp": two_days_ago, "message": "gone"}])
    logs.create_log_stream(**{**where, "logStreamName": "two"})
    logs.put_log_events(
        **{**where, "logStreamName": "two"}, logEvents=[{"timestamp": int(time.time() * 1000), "message": "kept"}]
    )
    emulator_stop(home)
    again = start(home)

    def messages() -> list[str]:
        return [each["message"] for each in client(again, "logs").filter_log_events(logGroupName="old")["events"]]

    wait_until(lambda: messages() == ["kept"])


@pytest.mark.deep
def test_a_log_group_keeps_its_newest_hundred_thousand_events(home: Path) -> None:
    running = start(home)
    logs, where = client(running, "logs"), {"logGroupName": "busy", "logStreamName": "one"}
    logs.create_log_group(logGroupName="busy")
    logs.create_log_stream(**where)
    now = int(time.time() * 1000)
    for batch in range(11):
        events = [{"timestamp": now + batch, "message": str(batch * 10_000 + number)} for number in range(10_000)]
        logs.put_log_events(**where, logEvents=events)
    emulator_stop(home)
    again = client(start(home), "logs")

    def oldest() -> str:
        return str(again.get_log_events(**where, startFromHead=True, limit=1)["events"][0]["message"])

    wait_until(lambda: oldest() == "10000")
