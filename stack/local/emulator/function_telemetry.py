"""The metrics that Lambda publishes of each invocation, and those in the log lines of functions (EMF).

Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any

from gateway_telemetry import SEEN
from measurements import PATCH, milliseconds_since
from ministack.services import lambda_svc
from pinned import require, require_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measurements import Measurements

Dimensions = dict[str, str]


def apply(measurements: Measurements) -> None:
    """Measure each invocation, and each one that is throttled."""
    require_parameters(
        lambda_svc._execute_function_dispatch, ("func", "config", "event", "request_id", "started"), PATCH
    )
    require_parameters(lambda_svc._acquire_execution_slot, ("func", "config"), PATCH)
    require_parameters(lambda_svc.executions_in_flight, (), PATCH)
    require_parameters(lambda_svc._emit_lambda_metrics, ("function_name", "duration_ms", "error", "throttle"), PATCH)
    names = lambda_svc._execute_function.__code__.co_names
    require("_acquire_execution_slot" in names, PATCH, "_execute_function takes a slot for each invocation")
    dispatch, acquire = lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot

    def measured(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        if seen := SEEN.get():
            seen.function_request_id = request_id
        begun, result = time.perf_counter(), {}
        try:
            result = dispatch(func, config, event, request_id, started)
            return result
        finally:
            error = int(bool(result.get("error", not result)))
            for dimensions in _series(config):
                measurements.note("AWS/Lambda", "Invocations", "Count", 1, dimensions)
                measurements.note("AWS/Lambda", "Errors", "Count", error, dimensions)
                measurements.note("AWS/Lambda", "Duration", "Milliseconds", milliseconds_since(begun), dimensions)
            for line in str(result.get("log") or "").splitlines():
                _embedded(line, measurements)

    def acquired(func: Any, config: Any) -> Any:
        slot = acquire(func, config)
        throttled = int(slot[0] is None)
        total, running = lambda_svc.executions_in_flight()
        for dimensions in _series(config):
            measurements.note("AWS/Lambda", "Throttles", "Count", throttled, dimensions)
            if not throttled:
                concurrent = running.get(slot[0], 1) if dimensions else total
                measurements.note("AWS/Lambda", "ConcurrentExecutions", "Count", concurrent, dimensions)
        return slot

    lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot = measured, acquired
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None  # for some ways to invoke a function, and for some twice


def _series(config: dict[str, Any]) -> Iterator[Dimensions]:
    """The dimensions of an invocation's metrics: none for all functions, its function, and its alias or version."""
    name = config["FunctionName"]
    yield {}
    yield {"FunctionName": name}
    if qualifier := _qualifier(name, config):
        yield {"FunctionName": name, "Resource": f"{name}:{qualifier}"}


def _qualifier(name: str, config: dict[str, Any]) -> str:
    """The alias or version in the called ARN; where MiniStack forgot it on the way, the alias of the version."""
    called = str(config.get("FunctionArn", "")).partition(f":function:{name}:")[2]
    if called and called != config.get("Version"):
        return called
    aliases = (lambda_svc._functions.get(name) or {}).get("aliases") or {}
    of_version = (alias for alias, each in aliases.items() if each.get("FunctionVersion") == config.get("Version"))
    return next(of_version, called)


def _embedded(line: str, measurements: Measurements) -> None:
    """Note the metrics in a log line; CloudWatch ignores a line that is no correct document, too."""
    if not line.startswith("{") or '"_aws"' not in line:
        return
    try:
        document = json.loads(line)
        at = float(document["_aws"]["Timestamp"]) / 1000
        points = [
            point for directive in document["_aws"]["CloudWatchMetrics"] for point in _points(directive, document)
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    for point in points:
        measurements.note(*point, at=at)


def _points(directive: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, str, str, float, Dimensions]]:
    for names in directive.get("Dimensions") or [[]]:
        dimensions = {name: str(document[name]) for name in names}
        for metric in directive["Metrics"]:
            values = document[metric["Name"]]
            for value in values if isinstance(values, list) else [values]:
                if not math.isfinite(value):
                    raise ValueError("a metric is a finite number")
                yield directive["Namespace"], metric["Name"], metric.get("Unit", "None"), float(value), dimensions
