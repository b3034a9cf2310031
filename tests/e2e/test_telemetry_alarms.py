"""Alarms of an emulator, as CloudWatch evaluates them: statistics, missing data, notifications and composite
alarms. A period of a minute passes in a second.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.local import Running, emulator_stop
from tests.e2e.api import STOCK
from tests.e2e.emulated import client, start
from tests.e2e.receipts import wait_until

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published evaluates no alarm by time")
NAMESPACE, METRIC = "Alarms", "Depth"
ALARM: dict[str, Any] = {
    "Namespace": NAMESPACE, "MetricName": METRIC, "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold", "Threshold": 10, "TreatMissingData": "notBreaching",
}  # fmt: skip


UNKNOWN_TO_OK, OK_TO_ALARM, ALARM_TO_OK = "INSUFFICIENT_DATA to OK", "OK to ALARM", "ALARM to OK"
MADE = "INSUFFICIENT_DATA to INSUFFICIENT_DATA"
"""What MiniStack writes into the history when an alarm is made."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home: Path = tmp_path_factory.mktemp("alarms") / "home"
    started = start(home)
    httpx.post(f"{started.endpoint_url}/_stack/alarm-clock", params={"speed": 60}).raise_for_status()
    yield started
    emulator_stop(home)


def dimensions(name: str) -> list[dict[str, str]]:
    return [{"Name": "of", "Value": name}]


def make(running: Running, name: str, **settings: Any) -> None:
    """An alarm on a metric of its own."""
    alarm = {**ALARM, "Dimensions": dimensions(name), **settings}
    if "ExtendedStatistic" in settings:
        del alarm["Statistic"]
    client(running, "cloudwatch").put_metric_alarm(AlarmName=name, **alarm)


def put(running: Running, name: str, *values: float) -> None:
    datum = {"MetricName": METRIC, "Dimensions": dimensions(name), "Values": list(values)}
    client(running, "cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])


def state(running: Running, name: str) -> str:
    found = client(running, "cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(alarm["StateValue"])


def changes(running: Running, name: str) -> list[str]:
    """The changes of an alarm's state, the oldest first."""
    history = client(running, "cloudwatch").describe_alarm_history(
        AlarmName=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"], HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    summaries = [each["HistorySummary"].removeprefix("Alarm updated from ") for each in reversed(history)]
    return [each for each in summaries if each != MADE]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "INSUFFICIENT_DATA")],
)
def test_an_alarm_that_never_had_data_treats_it_as_declared(running: Running, treatment: str, expected: str) -> None:
    name = f"never-{treatment}"
    make(running, name, TreatMissingData=treatment)
    make(running, f"{name}-clock")  # becomes OK when all alarms were evaluated
    wait_until(lambda: state(running, f"{name}-clock") == "OK")
    wait_until(lambda: state(running, name) == expected, seconds=10)


def test_an_alarm_that_ignores_missing_data_stays_when_its_data_ends(running: Running) -> None:
    make(running, "ignores", TreatMissingData="ignore")
    make(running, "recovers")
    wait_until(lambda: state(running, "recovers") == "OK")
    for name in ("ignores", "recovers"):
        put(running, name, 11)
    wait_until(lambda: changes(running, "recovers") == [UNKNOWN_TO_OK, OK_TO_ALARM, ALARM_TO_OK])
    assert state(running, "ignores") == "ALARM"
    put(running, "ignores", 1)
    wait_until(lambda: state(running, "ignores") == "OK")


@pytest.mark.parametrize("high", [1, 3])
def test_a_percentile_is_that_of_the_single_values(running: Running, high: int) -> None:
    name, witness = f"p98-{high}", f"maximum-{high}"
    make(running, name, ExtendedStatistic="p98")
    make(running, witness, Dimensions=dimensions(name))
    wait_until(lambda: (state(running, name), state(running, witness)) == ("OK", "OK"))
    put(running, name, *[1.0] * (100 - high), *[50.0] * high)
    wait_until(lambda: changes(running, witness) == [UNKNOWN_TO_OK, OK_TO_ALARM, ALARM_TO_OK])
    assert (OK_TO_ALARM in changes(running, name)) == (high == 3)


@pytest.mark.parametrize("breaching", [2, 3])
def test_three_of_five_periods_fire_and_two_do_not(running: Running, breaching: int) -> None:
    name, witness = f"three-of-five-{breaching}", f"one-of-one-{breaching}"
    make(running, name, EvaluationPeriods=5, DatapointsToAlarm=3)
    make(running, witness, Dimensions=dimensions(name))
    wait_until(lambda: (state(running, name), state(running, witness)) == ("OK", "OK"))
    now = int(time.time())
    data = [
        {"MetricName": METRIC, "Dimensions": dimensions(name), "Value": 11, "Timestamp": now - age}
        for age in range(breaching)
    ]
    client(running, "cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
    wait_until(lambda: changes(running, witness) == [UNKNOWN_TO_OK, OK_TO_ALARM, ALARM_TO_OK])
    assert (OK_TO_ALARM in changes(running, name)) == (breaching == 3)


def test_a_topic_hears_of_each_change_once_and_composite_alarms_follow(running: Running) -> None:
    topic, queue = client(running, "sns").create_topic(Name="alarms")["TopicArn"], make_queue(running, "heard")
    client(running, "sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue["arn"])
    notified = {"AlarmActions": [topic], "OKActions": [topic]}
    make(running, "child", **notified)
    make(running, "sibling")
    client(running, "cloudwatch").put_composite_alarm(
        AlarmName="unwell", AlarmRule='ALARM("child") OR ALARM("sibling")', **notified
    )
    wait_until(lambda: (state(running, "child"), state(running, "sibling")) == ("OK", "OK"))
    put(running, "child", 11)
    wait_until(lambda: changes(running, "unwell")[-2:] == [OK_TO_ALARM, ALARM_TO_OK])
    wait_until(lambda: state(running, "child") == "OK")
    heard = [(each["AlarmName"], each["NewStateValue"]) for each in received(running, queue["url"])]
    changed = [(name, change.split()[-1]) for name in ("child", "unwell") for change in changes(running, name)]
    assert sorted(heard) == sorted(changed)
    assert changes(running, "child") == [UNKNOWN_TO_OK, OK_TO_ALARM, ALARM_TO_OK]


def test_the_values_of_get_metric_data_are_those_that_were_put(running: Running) -> None:
    put(running, "asked", 1, 2, 2, 7)
    put(running, "another", 1000)
    now = dt.datetime.now(dt.UTC)
    statistics = ("Sum", "SampleCount", "Minimum", "Maximum", "p50")
    metric = {"Namespace": NAMESPACE, "MetricName": METRIC, "Dimensions": dimensions("asked")}
    results = client(running, "cloudwatch").get_metric_data(
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(hours=1),
        MetricDataQueries=[
            {"Id": each.lower(), "MetricStat": {"Metric": metric, "Period": 86_400, "Stat": each}}
            for each in statistics
        ],
    )["MetricDataResults"]
    assert [result["Values"] for result in results] == [[12], [4], [1], [7], [2]]


def make_queue(running: Running, name: str) -> dict[str, str]:
    sqs = client(running, "sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": attributes["QueueArn"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return {"url": url, "arn": attributes["QueueArn"]}


def received(running: Running, url: str) -> list[dict[str, Any]]:
    """The notifications in a queue; it is empty afterwards."""
    sqs, notifications = client(running, "sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        notifications += [json.loads(json.loads(each["Body"])["Message"]) for each in messages]
    return notifications
