"""The metrics of each service on the emulator, in the dimensions of AWS, and the alarms' rules about time."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stack.local import Running, emulator_stop
from tests.e2e.api import STOCK
from tests.e2e.emulated import TABLE, client, make_function, make_table, start
from tests.e2e.receipts import wait_until

pytestmark = pytest.mark.skipif(STOCK, reason="MiniStack as published has no telemetry")
ANSWERS = """
def handler(event, context):
    if event.get("raise"):
        raise ValueError
    print(event["line"]) if event.get("line") else None
    return {"statusCode": 200, "body": "x"}
"""
ALIAS = {"FunctionName": "answers", "Resource": "answers:live"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("emulator")
    running = start(home)
    make_function(running, "answers", ANSWERS)
    functions = client(running, "lambda")
    version = functions.publish_version(FunctionName="answers")["Version"]
    functions.create_alias(FunctionName="answers", Name="live", FunctionVersion=version)
    yield running
    emulator_stop(home)


@pytest.fixture
def hastened(emulator: Running) -> Iterator[None]:
    """A minute of the alarms passes in a second."""
    clock = f"{emulator.endpoint_url}/_stack/alarm-clock"
    httpx.post(clock, params={"speed": 60})
    yield
    httpx.post(clock)


def total(
    emulator: Running, namespace: str, metric: str, dimensions: dict[str, str], statistic: str = "Sum"
) -> float | None:
    """The statistic of a metric over the last hour, asked by GetMetricData; None without data."""
    now = dt.datetime.now(dt.UTC)
    asked = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    found = client(emulator, "cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": asked, "Period": 86_400, "Stat": statistic}}],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(hours=1),
    )["MetricDataResults"][0]["Values"]
    return float(sum(found)) if found else None


def invoke(emulator: Running, event: dict[str, Any], qualifier: str = "live") -> None:
    client(emulator, "lambda").invoke(FunctionName="answers", Qualifier=qualifier, Payload=json.dumps(event).encode())


# --- Lambda -----------------------------------------------------------------------------------------------


def test_an_invocation_counts_for_its_function_for_its_alias_and_for_the_account(emulator: Running) -> None:
    make_function(emulator, "other", ANSWERS)
    series: list[dict[str, str]] = [ALIAS, {"FunctionName": "answers"}, {}]

    def counts(metric: str) -> list[float]:
        return [total(emulator, "AWS/Lambda", metric, dimensions) or 0 for dimensions in series]

    invoked, failed = counts("Invocations"), counts("Errors")
    invoke(emulator, {})
    invoke(emulator, {"raise": True})
    invoke(emulator, {}, "$LATEST")
    client(emulator, "lambda").invoke(FunctionName="other", Payload=b"{}")
    wait_until(lambda: counts("Invocations")[2] >= invoked[2] + 4)
    assert [now - then for now, then in zip(counts("Invocations"), invoked, strict=True)] == [2, 3, 4]
    assert [now - then for now, then in zip(counts("Errors"), failed, strict=True)] == [1, 1, 1]
    assert total(emulator, "AWS/Lambda", "ConcurrentExecutions", {}, "Maximum") == 1


def test_reserved_concurrency_of_zero_throttles_the_alias_and_each_throttle_counts_once(emulator: Running) -> None:
    functions, series = client(emulator, "lambda"), (ALIAS, {"FunctionName": "answers"})

    def counts(metric: str) -> list[float]:
        return [total(emulator, "AWS/Lambda", metric, dimensions) or 0 for dimensions in series]

    throttled, invoked = counts("Throttles"), counts("Invocations")
    functions.put_function_concurrency(FunctionName="answers", ReservedConcurrentExecutions=0)
    try:
        for _ in range(3):
            with pytest.raises(functions.exceptions.TooManyRequestsException):
                invoke(emulator, {})
    finally:
        functions.delete_function_concurrency(FunctionName="answers")
    invoke(emulator, {})
    wait_until(lambda: counts("Invocations")[0] > invoked[0])
    assert [now - then for now, then in zip(counts("Throttles"), throttled, strict=True)] == [3, 3]
    assert [now - then for now, then in zip(counts("Invocations"), invoked, strict=True)] == [1, 1]


def embedded(value: object, **more: object) -> str:
    directive = {"Namespace": "Own", "Dimensions": [["name"], []], "Metrics": [{"Name": "Thing", "Unit": "Count"}]}
    head = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, "name": "of any name", "Thing": value, **more})


def test_a_metric_in_a_log_line_counts_in_each_of_its_dimensions(emulator: Running) -> None:
    for line in (embedded([2, 5]), embedded(0.5), "{}", '{"_aws": {}}', embedded("a word"), embedded(float("nan"))):
        invoke(emulator, {"line": line})
    wait_until(lambda: total(emulator, "Own", "Thing", {"name": "of any name"}, "SampleCount") == 3)
    assert total(emulator, "Own", "Thing", {"name": "of any name"}) == 7.5
    assert total(emulator, "Own", "Thing", {}) == 7.5


# --- API Gateway ------------------------------------------------------------------------------------------


def test_the_gateway_counts_by_method_only_where_the_stage_has_detailed_metrics(emulator: Running) -> None:
    gateway = client(emulator, "apigateway")
    api = gateway.create_rest_api(name="detailed")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for part in ("seen", "unseen"):
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
        method = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
        gateway.put_method(**method, authorizationType="NONE")
        gateway.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.create_deployment(restApiId=api, stageName="v1")
    detailed = {"op": "replace", "path": "/~1seen/GET/metrics/enabled", "value": "true"}
    gateway.update_stage(restApiId=api, stageName="v1", patchOperations=[detailed])
    for part in ("seen", "unseen", "unseen"):
        httpx.get(f"{emulator.endpoint_url}/_aws/execute-api/{api}/v1/{part}")

    stage = {"ApiName": "detailed", "Stage": "v1"}
    wait_until(lambda: total(emulator, "AWS/ApiGateway", "Count", stage) == 3)
    assert total(emulator, "AWS/ApiGateway", "Count", {"ApiName": "detailed"}) == 3
    assert total(emulator, "AWS/ApiGateway", "Count", {**stage, "Method": "GET", "Resource": "/seen"}) == 1
    assert total(emulator, "AWS/ApiGateway", "Count", {**stage, "Method": "GET", "Resource": "/unseen"}) is None


# --- DynamoDB and SQS -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(emulator: Running) -> Any:
    return make_table(emulator)


def test_each_write_counts_the_capacity_that_dynamodb_takes_and_the_answer_stays_as_it_is(
    emulator: Running, table: Any
) -> None:
    def units() -> float:
        return total(emulator, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": TABLE}) or 0

    before = units()
    kilobyte = {"text": {"S": "x" * 1000}}
    table.put_item(TableName=TABLE, Item={"pk": {"S": "a"}, **kilobyte, "more": {"S": "x" * 1000}})  # 2 units
    table.delete_item(TableName=TABLE, Key={"pk": {"S": "nothing"}})  # 1
    put = {"Put": {"TableName": TABLE, "Item": {"pk": {"S": "b"}, **kilobyte}}}  # 2: a transaction takes twice as much
    answers = [
        table.transact_write_items(TransactItems=[put]),
        table.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": {"pk": {"S": "c"}}}}]}),  # 1
    ]
    asked = table.put_item(TableName=TABLE, Item={"pk": {"S": "d"}}, ReturnConsumedCapacity="TOTAL")  # 1
    wait_until(lambda: units() >= before + 7)
    assert [answer.get("ConsumedCapacity") for answer in answers] == [None, None]
    assert asked["ConsumedCapacity"]["CapacityUnits"] == 1
    assert units() == before + 7
    of_call = {"TableName": TABLE, "Operation": "PutItem"}
    assert (total(emulator, "AWS/DynamoDB", "SuccessfulRequestLatency", of_call, "SampleCount") or 0) >= 2


def test_a_write_whose_condition_fails_is_counted(emulator: Running, table: Any) -> None:
    item: dict[str, Any] = {"TableName": TABLE, "Item": {"pk": {"S": "once"}}}
    with pytest.raises(table.exceptions.ConditionalCheckFailedException):
        table.put_item(**item, ConditionExpression="attribute_exists(pk)")
    wait_until(lambda: total(emulator, "AWS/DynamoDB", "ConditionalCheckFailedRequests", {"TableName": TABLE}) == 1)


def test_a_queue_counts_the_messages_that_wait_and_those_in_flight(emulator: Running) -> None:
    queues = client(emulator, "sqs")
    url = queues.create_queue(QueueName="waiting")["QueueUrl"]
    for _ in range(3):
        queues.send_message(QueueUrl=url, MessageBody="x")
    queues.receive_message(QueueUrl=url)

    def most(metric: str) -> float | None:
        return total(emulator, "AWS/SQS", metric, {"QueueName": "waiting"}, "Maximum")

    wait_until(lambda: most("ApproximateNumberOfMessagesNotVisible") == 1)
    wait_until(lambda: (most("ApproximateAgeOfOldestMessage") or 0) >= 1)
    assert most("ApproximateNumberOfMessagesVisible") in {2, 3}


# --- alarms -----------------------------------------------------------------------------------------------


def alarm(emulator: Running, name: str, **rule: Any) -> None:
    common = {"Namespace": "Alarmed", "Dimensions": [], "Period": 60, "EvaluationPeriods": 1}
    client(emulator, "cloudwatch").put_metric_alarm(AlarmName=name, MetricName=name, **{**common, **rule})


def put(emulator: Running, name: str, value: float) -> None:
    datum = {"MetricName": name, "Value": value}
    client(emulator, "cloudwatch").put_metric_data(Namespace="Alarmed", MetricData=[datum])


def state(emulator: Running, name: str) -> str:
    found = client(emulator, "cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])


ABOVE = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5, "TreatMissingData": "notBreaching"}
BELOW = {**ABOVE, "ComparisonOperator": "LessThanThreshold"}


def test_a_minute_that_is_not_over_fires_an_alarm_only_if_its_breach_is_final(emulator: Running) -> None:
    while time.time() % 60 > 50:
        time.sleep(1)
    alarm(emulator, "sum", Statistic="Sum", **ABOVE)
    alarm(emulator, "average", Statistic="Average", **ABOVE)
    alarm(emulator, "few", Statistic="Sum", **BELOW)
    for name, value in (("sum", 6), ("average", 6), ("few", 1)):
        put(emulator, name, value)
    wait_until(lambda: state(emulator, "sum") == "ALARM", seconds=9)
    assert [state(emulator, name) for name in ("average", "few")] == ["OK", "OK"]


@pytest.mark.usefixtures("hastened")
def test_two_of_three_minutes_fire_a_percentile_and_silence_lets_it_recover(emulator: Running) -> None:
    alarm(emulator, "slow", ExtendedStatistic="p99", **{**ABOVE, "EvaluationPeriods": 3, "DatapointsToAlarm": 2})
    wait_until(lambda: state(emulator, "slow") == "OK")
    put(emulator, "slow", 9)
    time.sleep(2)
    assert state(emulator, "slow") == "OK", "one minute of three is too few"
    wait_until(lambda: put(emulator, "slow", 9) or state(emulator, "slow") == "ALARM")  # type: ignore[func-returns-value]
    wait_until(lambda: state(emulator, "slow") == "OK")


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize(
    ("missing", "expected"), [("missing", "INSUFFICIENT_DATA"), ("breaching", "ALARM"), ("notBreaching", "OK")]
)
def test_an_alarm_without_data_is_what_it_says_about_missing_data(
    emulator: Running, missing: str, expected: str
) -> None:
    name = f"silent-{missing}"
    alarm(emulator, name, Statistic="Sum", **{**ABOVE, "TreatMissingData": missing})
    wait_until(lambda: state(emulator, name) == expected)


@pytest.mark.usefixtures("hastened")
def test_an_alarm_without_dimensions_reads_only_the_metric_without_dimensions(emulator: Running) -> None:
    alarm(emulator, "plain", Statistic="Sum", **ABOVE)
    datum = {"MetricName": "plain", "Dimensions": [{"Name": "of", "Value": "another"}], "Value": 100}
    client(emulator, "cloudwatch").put_metric_data(Namespace="Alarmed", MetricData=[datum])
    time.sleep(2)
    assert state(emulator, "plain") == "OK"


@pytest.mark.usefixtures("hastened")
def test_a_composite_alarm_follows_its_alarms_and_notifies_once(emulator: Running) -> None:
    topics, queues = client(emulator, "sns"), client(emulator, "sqs")
    topic = topics.create_topic(Name="watchers")["TopicArn"]
    url = queues.create_queue(QueueName="watchers")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    alarm(emulator, "child", Statistic="Sum", **ABOVE)
    wait_until(lambda: state(emulator, "child") == "OK")
    client(emulator, "cloudwatch").put_composite_alarm(
        AlarmName="whole", AlarmRule='ALARM("child")', AlarmActions=[topic]
    )
    put(emulator, "child", 9)
    wait_until(lambda: state(emulator, "whole") == "ALARM")
    put(emulator, "child", 9)
    wait_until(lambda: state(emulator, "whole") == "OK")
    received = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]
    told = [json.loads(json.loads(message["Body"])["Message"]) for message in received]
    assert [(each["AlarmName"], each["NewStateValue"]) for each in told] == [("whole", "ALARM")]
