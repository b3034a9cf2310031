"""CloudWatch on the emulator: every request has its line and its numbers, and alarms fire and recover."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.local import Running, emulator_stop, snapshot
from tests.e2e.api import COFFEE, STOCK, Api, Stack
from tests.e2e.emulated import TABLE, client, make_table, start
from tests.e2e.receipts import wait_until

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published has no telemetry")
ROUTES = [
    ("GET", "/health", 200, "-"),
    ("GET", "/expenses", 200, "-"),
    ("POST", "/expenses", 201, "-"),
    ("GET", "/expenses?limit=0", 422, "-"),
    ("GET", "/nowhere", 404, "MISSING_AUTHENTICATION_TOKEN"),
    ("DELETE", "/health", 404, "MISSING_AUTHENTICATION_TOKEN"),
    ("POST", "/expenses", 400, "BAD_REQUEST_BODY"),
]


def total(stack: Stack, namespace: str, metric: str, statistic: str = "Sum", **dimensions: str) -> float:
    """The statistic of a metric over the last hour, asked as the dashboard asks."""
    now = dt.datetime.now(dt.UTC)
    points = stack.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(minutes=2),
        Period=3600,
        Statistics=[statistic],
    )["Datapoints"]
    return float(sum(point[statistic] for point in points))


def lines(stack: Stack) -> list[dict[str, str]]:
    group = stack.outputs["log_groups"]["api"]
    pages = stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def send(api: Api, method: str, path: str, status: int) -> str:
    """Send a request that is answered so; the id of the request."""
    body: Any = {"content": b"{"} if status == 400 else {"json": COFFEE} if method == "POST" else {}
    headers = {"Content-Type": "application/json"} if status == 400 else {}
    answered = api.call(method, path, headers=headers, **body)
    assert answered.status_code == status, answered.text
    return str(answered.headers["x-amzn-requestid"])


def test_each_request_has_one_line_in_the_access_log_with_its_route_and_status(stack: Stack, api: Api) -> None:
    sent = {send(api, method, path, status): (method, path, status, error) for method, path, status, error in ROUTES}
    refused = httpx.get(f"{stack.api_url}/expenses", headers={"Authorization": "Bearer no.token.here"})
    sent[refused.headers["x-amzn-requestid"]] = ("GET", "/expenses", 401, "UNAUTHORIZED")
    wait_until(lambda: sent.keys() <= {line["requestId"] for line in lines(stack)})
    found = [line for line in lines(stack) if line["requestId"] in sent]
    assert len(found) == len(sent)
    for line in found:
        method, path, status, error = sent[line["requestId"]]
        known = path.partition("?")[0] if path != "/nowhere" and (method, path) != ("DELETE", "/health") else None
        assert (line["method"], line["status"], line["error"]) == (method, str(status), error)
        assert line["route"] == (known or line["route"])
        assert int(line["latency"]) >= 0
        assert line["integrationLatency"].isdigit() == (error == "-")


def test_the_gateways_metrics_count_every_request_once(stack: Stack) -> None:
    name = f"{stack.outputs['table_name'].removesuffix('-data')}-api"
    metrics = ("Count", "4XXError", "5XXError")

    def counts() -> list[float]:
        return [total(stack, "AWS/ApiGateway", metric, ApiName=name, Stage="v1") for metric in metrics]

    before = counts()
    with httpx.Client() as http:
        for _ in range(40):
            http.get(f"{stack.api_url}/health")
        for _ in range(10):
            http.get(f"{stack.api_url}/expenses")
    wait_until(lambda: counts()[0] >= before[0] + 50)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [50, 10, 0]
    assert total(stack, "AWS/ApiGateway", "Latency", "SampleCount", ApiName=name, Stage="v1") == counts()[0]


def test_functions_and_their_own_metrics_are_counted(stack: Stack, api: Api) -> None:
    function = stack.outputs["functions"]["expenses"]

    def counts() -> Counter[str]:
        return Counter({
            "invocations": int(total(stack, "AWS/Lambda", "Invocations", FunctionName=function)),
            "written": int(total(stack, "ExpenseTracker", "ExpensesWritten", service="expenses")),
            "replays": int(total(stack, "ExpenseTracker", "IdempotentReplays", service="expenses")),
        })  # fmt: skip

    before, key = counts(), {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(3):
        assert api.call("POST", "/expenses", json=COFFEE, headers=key).status_code == 201
    wait_until(lambda: counts()["replays"] >= before["replays"] + 2)
    assert counts() - before == {"invocations": 3, "written": 1, "replays": 2}
    assert total(stack, "AWS/Lambda", "Errors", FunctionName=function) == 0


@pytest.fixture
def hastened(stack: Stack) -> Iterator[None]:
    """A minute of the alarms passes in a second."""
    clock = f"{stack.outputs['endpoint_url']}/_stack/alarm-clock"
    assert httpx.post(clock, params={"speed": 60}).json() == {"speed": 60, "measures": True}
    yield
    assert httpx.post(clock).json() == {"speed": 1, "measures": True}


@pytest.mark.usefixtures("hastened")
def test_an_alarm_fires_and_recovers_and_its_neighbour_stays_as_it_is(stack: Stack) -> None:
    cloudwatch, names = stack.client("cloudwatch"), ["telemetry-one", "telemetry-other"]
    for name in names:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Telemetry",
            MetricName="Depth",
            Dimensions=[{"Name": "of", "Value": name}],
            Statistic="Maximum",
            ComparisonOperator="GreaterThanThreshold",
            Threshold=10,
            Period=60,
            EvaluationPeriods=1,
            TreatMissingData="notBreaching",
        )

    def states() -> list[str]:
        alarms = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        return [alarm["StateValue"] for alarm in sorted(alarms, key=lambda alarm: names.index(alarm["AlarmName"]))]

    def put(value: float) -> None:
        datum = {"MetricName": "Depth", "Dimensions": [{"Name": "of", "Value": names[0]}], "Value": value}
        cloudwatch.put_metric_data(Namespace="Telemetry", MetricData=[datum])

    try:
        wait_until(lambda: states() == ["OK", "OK"])
        put(11)
        wait_until(lambda: states() == ["ALARM", "OK"])
        wait_until(lambda: states() == ["OK", "OK"])
        history = cloudwatch.describe_alarm_history(AlarmName=names[0], HistoryItemType="StateUpdate")
        summaries = [each["HistorySummary"] for each in history["AlarmHistoryItems"]]
        changed = ["ALARM to OK", "OK to ALARM", "INSUFFICIENT_DATA to OK"]
        assert summaries[:3] == [f"Alarm updated from {states}" for states in changed]
    finally:
        cloudwatch.delete_alarms(AlarmNames=names)


@pytest.mark.parametrize(("query", "status"), [({"speed": "fast"}, 400), ({"speed": "-5"}, 200), ({"speed": "1"}, 200)])
def test_the_alarms_clock_takes_a_number(stack: Stack, query: dict[str, str], status: int) -> None:
    answered = httpx.post(f"{stack.outputs['endpoint_url']}/_stack/alarm-clock", params=query)
    assert answered.status_code == status
    assert httpx.get(f"{stack.outputs['endpoint_url']}/_stack/alarm-clock").json() == {"speed": 1, "measures": True}


@pytest.mark.parametrize("end", ["stopped", "killed", "killed after a snapshot"])
def test_what_was_measured_survives_the_emulator(tmp_path: Path, end: str) -> None:
    """The metric of a write, once: a stop stores what waits, and a journal has what a kill took from no snapshot."""
    home = tmp_path / "home"
    running = start(home)
    make_table(running).put_item(TableName=TABLE, Item={"pk": {"S": "x"}})
    if end == "stopped":
        emulator_stop(home)
    else:
        time.sleep(1)
        if end == "killed after a snapshot":
            snapshot(home)
            put_another(running)
            time.sleep(1)
        os.kill(running.pid, signal.SIGKILL)
    try:
        stack = Stack({"target": "local", "endpoint_url": start(home).endpoint_url, "region": "us-east-1"})
        wait_until(lambda: puts(stack) > 0)
        assert puts(stack) == (2 if end == "killed after a snapshot" else 1)
    finally:
        emulator_stop(home)


def put_another(running: Running) -> None:
    client(running, "dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "y"}})


def puts(stack: Stack) -> float:
    where = {"TableName": TABLE, "Operation": "PutItem"}
    return total(stack, "AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", **where)
