"""The failure that fires each alarm, or the reason why none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stack.drill.faults import (
    BrokenDeployment,
    Fault,
    Lowered,
    Message,
    Published,
    Repeated,
    Throttled,
    Unpolled,
    call,
    get,
)
from stack.topology.watching.alarm_list import SERVED, AlarmSpec, alarm_specs
from stack.topology.watching.metrics import FUNCTIONS, Metrics

if TYPE_CHECKING:
    from stack.target.target import Target

IDLE: Mapping[str, Any] = {}
"""The event with which a deployment sees whether a version starts."""
EVENTS = ("processor", "eraser")
"""The functions whose events have records; the others serve the API."""
UNPROVOKED = "Nobody can make DynamoDB throttle or fail on purpose. AWS evaluates the alarm."


def fault_of(target: Target, alarm: AlarmSpec, url: str) -> Fault | None:
    """The failure that fires an alarm; None where nobody can cause one. ``url`` is the address of the API."""
    makes = _causes(target, url).get(alarm.key)
    return makes() if makes else None


def _causes(target: Target, url: str) -> dict[str, Callable[[], Fault]]:
    of = Metrics(target)
    specs = {each.key: each for each in alarm_specs(target)}

    def lowered(key: str, threshold: float, how: str, act: Callable[[], Any]) -> Lowered:
        return Lowered(target, target.named(specs[key].anchor), threshold, how, act)

    def health() -> int:
        return get(target, f"{url}/health")

    def slow(verb: str, method: str) -> Callable[[], Fault]:
        act = call(target, SERVED, _request(method))
        how = f"lowers the threshold to 1 us, and calls the function {SERVED} to {verb} expenses, which it refuses"
        return lambda: lowered(f"latency_{verb}", 0.001, how, act)

    return {
        **{f"errors_{key}": _raising(target, key) for key in FUNCTIONS},
        **{f"log_errors_{key}": _raising(target, key) for key in EVENTS},
        "server_errors": lambda: BrokenDeployment(target, "public", url),
        "refusals": lambda: Repeated("sends requests without a token", lambda: get(target, f"{url}/expenses")),
        "latency_create": slow("create", "POST"),
        "latency_list": slow("list", "GET"),
        "duration_requests": lambda: lowered(
            "duration_requests", 0.001, "lowers the threshold to 1 us, and calls GET /health", health
        ),
        "duration_processor": lambda: lowered(
            "duration_processor",
            0.001,
            "lowers the threshold to 1 us, and calls the function processor without a file",
            call(target, "processor", IDLE),
        ),
        "throttles": lambda: Throttled(target, "public"),
        "concurrency": lambda: lowered(
            "concurrency", 1, "lowers the threshold to one execution, and calls GET /health", health
        ),
        "dead_letters": lambda: Message(target, "dead-letters"),
        "erasures_age": lambda: Unpolled(
            target, Message(target, "erasures"), lowered("erasures_age", 1, "", lambda: None), "eraser"
        ),
        "receipts_rejected": lambda: Published(
            target, of.own("ReceiptsRejected", "processor"), 20, "publishes the figure of 20 rejected files"
        ),
        "roll_up_mismatch": lambda: Published(
            target, of.own("RollUpMismatches", "verify"), 1, "publishes a mismatch as `stack verify` does", rest=0
        ),
    }


def _raising(target: Target, key: str) -> Callable[[], Fault]:
    """Calls of a function with an event that it cannot handle: a request without an id, or a record without content."""
    event: Mapping[str, Any] = {"Records": [{}]} if key in EVENTS else {"requestContext": {}}
    how = f"calls the function {key} with an event that no service sends"
    return lambda: Repeated(how, call(target, key, event))


def _request(method: str) -> dict[str, Any]:
    """A request whose token is for nobody: the function refuses it after the usual checks."""
    return {
        "httpMethod": method,
        "resource": "/expenses",
        "requestContext": {"requestId": "drill", "authorizer": {"claims": {"sub": "drill"}}},
    }
