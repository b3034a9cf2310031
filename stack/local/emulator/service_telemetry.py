"""The metrics that Lambda, DynamoDB and SQS publish of themselves, and those in the log lines of functions (EMF).

Functions have one series each, by FunctionName: MiniStack answers a question without dimensions with the sum of all.
Capacity units are left out, because MiniStack counts a constant for a query.
Sources: the pages "Metrics and dimensions" of each service, and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import collections
import json
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from gateway_telemetry import SEEN
from measurements import PATCH, scoped
from ministack.services import dynamodb, lambda_svc, sqs
from pinned import require, require_parameters

if TYPE_CHECKING:
    from measurements import Measurements

TABLE = re.compile(rb'"TableName"\s*:\s*"([^"]+)"')
DATA = re.compile(r"Query|Scan|(Get|Put|Update|Delete)Item|(BatchGet|BatchWrite|TransactGet|TransactWrite)Items?")
"""The operations on items. DynamoDB measures no others."""
SUCCESS = 200
ACTIVE_SECONDS = 6 * 3600
"""Time for which SQS publishes the metrics of a queue after its last message."""


def apply(measurements: Measurements) -> None:
    """Measure functions and calls of DynamoDB. `Queues` samples the queues."""
    _functions(measurements)
    _table_calls(measurements)
    require(hasattr(sqs._queues, "_data"), PATCH, "queues are kept by account and region")


def _functions(measurements: Measurements) -> None:
    arguments = ("func", "config", "event", "request_id", "started")
    require_parameters(lambda_svc._execute_function_dispatch, arguments, PATCH)
    require_parameters(lambda_svc._emit_lambda_metrics, ("function_name", "duration_ms", "error", "throttle"), PATCH)
    dispatch, running, turn = lambda_svc._execute_function_dispatch, collections.Counter[str](), threading.Lock()

    def measured(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        name = config["FunctionName"]
        if seen := SEEN.get():
            seen.function_request_id = request_id
        with turn:
            running[name] += 1
            concurrent = running[name]
        begun, result = time.perf_counter(), {}
        try:
            result = dispatch(func, config, event, request_id, started)
            return result
        finally:
            with turn:
                running[name] -= 1
            for metric, unit, value in (
                ("Invocations", "Count", 1),
                ("Errors", "Count", int(bool(result.get("error", not result)))),
                ("Duration", "Milliseconds", _milliseconds(begun)),
                ("ConcurrentExecutions", "Count", concurrent),
                ("Throttles", "Count", 0),
            ):
                measurements.note("AWS/Lambda", metric, unit, value, FunctionName=name)
            for line in (result.get("log") or "").splitlines():
                _embedded(line, measurements)

    def throttles(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        del duration_ms, error
        if throttle:
            measurements.note("AWS/Lambda", "Throttles", "Count", 1, FunctionName=function_name)

    lambda_svc._execute_function_dispatch, lambda_svc._emit_lambda_metrics = measured, throttles


def _embedded(line: str, measurements: Measurements) -> None:
    """Note the metrics in a log line; CloudWatch ignores a line that is no correct document, too."""
    if not line.startswith("{") or '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(document[name]) for name in names}
                for metric in directive["Metrics"]:
                    values = document[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        unit = metric.get("Unit", "None")
                        measurements.note(directive["Namespace"], metric["Name"], unit, float(value), **dimensions)
    except (ValueError, KeyError, TypeError, AttributeError):
        return


def _table_calls(measurements: Measurements) -> None:
    require_parameters(dynamodb.handle_request, ("method", "path", "headers", "body", "query_params"), PATCH)
    handle = dynamodb.handle_request

    async def measured(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        begun = time.perf_counter()
        answer = await handle(method, path, headers, body, query_params)
        operation, table = headers.get("x-amz-target", "").rpartition(".")[2], TABLE.search(body or b"")
        if not table or not DATA.fullmatch(operation):
            return answer
        if answer[0] == SUCCESS:
            latency, name = _milliseconds(begun), table[1].decode()
            measurements.note(
                "AWS/DynamoDB", "SuccessfulRequestLatency", "Milliseconds", latency, TableName=name, Operation=operation
            )
        elif b"ConditionalCheckFailed" in (answer[2] or b"")[:2000]:
            name = table[1].decode()
            measurements.note("AWS/DynamoDB", "ConditionalCheckFailedRequests", "Count", 1, TableName=name)
        return answer

    dynamodb.handle_request = measured


class Queues:
    """Samples the queues that have, or lately had, messages."""

    def __init__(self, measurements: Measurements) -> None:
        self._measurements, self._last_message = measurements, dict[object, float]()

    def sample(self, speed: float) -> None:
        """Note the messages of each queue. `speed`: seconds by the alarms' clock that pass in one second."""
        now = time.time()
        for key, queue in list(sqs._queues._data.items()):
            messages = [each for each in queue["messages"] if each["sent_at"] <= now]
            if messages:
                self._last_message[key] = now
            elif now - self._last_message.get(key, 0) > ACTIVE_SECONDS:
                continue
            waiting = sum(each["visible_at"] <= now for each in messages)
            age = max((now - each["sent_at"] for each in messages), default=0) * speed
            with scoped(key[:2]):
                for name, unit, value in (
                    ("ApproximateNumberOfMessagesVisible", "Count", waiting),
                    ("ApproximateNumberOfMessagesNotVisible", "Count", len(messages) - waiting),
                    ("ApproximateAgeOfOldestMessage", "Seconds", round(age)),
                ):
                    self._measurements.note("AWS/SQS", name, unit, value, QueueName=queue["name"])


def _milliseconds(begun: float) -> float:
    """The time since, in whole milliseconds from 10 on: few different values keep a metric small."""
    passed = (time.perf_counter() - begun) * 1000
    return round(passed, 1) if passed < 10 else round(passed)  # noqa: PLR2004
