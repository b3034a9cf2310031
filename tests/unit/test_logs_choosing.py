"""The choices of ``stack logs``: failures, and the events of a route."""

from __future__ import annotations

import re

import pytest

from handlers.contract.routes import ROUTES
from stack.errors import StackError
from stack.logs.choosing import ERRORS, errors, of_routes, routes_named, routes_pattern
from stack.logs.event import API
from tests.unit.logs import FAILED, access, frame, ours, told

TRACEBACK = ["Traceback (most recent call last):", '  File "app.py", line 2, in handler', "ValueError: no"]
FAILURES = [
    (FAILED, "reports"),
    (ours("stopped", "CRITICAL"), "reports"),
    (ours(status=500), "reports"),
    (access(502), API),
    (access(429, integrationStatus=429, error="-"), API),
    ("[ERROR] ValueError: no\nTraceback (most recent call last):\n  File", "reports"),
    ("2026-11-28T19:26:33.963Z 99388af4-3dc8-4f65-b019-cb022d3343a4 Task timed out after 20.00 seconds", "reports"),
    ("Worker process died", "reports"),
    ("RequestId: 99388af4 Error: Runtime exited with error: signal: killed", "reports"),
    ("REPORT RequestId: 99388af4\tDuration: 3000.00 ms\tStatus: timeout", "reports"),
]
GOOD = [
    (access(200), API),
    (access(401, integrationStatus="-", error="UNAUTHORIZED"), API),
    (access(404, responseLength=500), API),
    (ours(status=422, latency_ms=500.0), "reports"),
    (ours("record", outcome="ready"), "processor"),
    *((line, "reports") for line in frame()),
    ("", "reports"),
]


@pytest.mark.parametrize(("message", "source"), FAILURES)
def test_a_failure_is_chosen_whoever_reports_it(message: str, source: str) -> None:
    assert len(list(errors([told(message, source)]))) == 1
    assert re.search(ERRORS, message)  # Insights leaves out none of them


@pytest.mark.parametrize(("message", "source"), GOOD)
def test_a_line_of_a_request_that_went_well_or_was_refused_is_no_failure(message: str, source: str) -> None:
    assert not list(errors([told(message, source)]))


def test_a_traceback_is_chosen_with_all_of_its_lines_and_no_others() -> None:
    """One target makes an event of each line; the lines of two streams are mixed."""
    mixed = [told("before", stream="a")]
    for line in TRACEBACK:
        mixed += [told(line, stream="a"), told(f"  {line[:3]}", stream="b")]
    mixed += [told("after", stream="a")]
    assert [each.message for each in errors(mixed)] == TRACEBACK


def test_a_route_is_chosen_by_the_gateways_words_and_by_its_operation() -> None:
    choose = of_routes(routes_named("GET /reports/months/{month}"))
    lines = [
        told(access(200), API),
        told(access(200, method="OPTIONS"), API),
        told(access(200, route="/expenses"), API),
        told(ours(operation="get_month", status=200)),
        told(FAILED),
        told(ours(operation="get_trend", status=200)),
        told('{"_aws": {}, "operation": "get_month"}'),
        told("get_month"),
    ]
    chosen = [lines.index(each) for each in choose(lines)]
    assert chosen == [0, 3, 4]
    pattern = routes_pattern(routes_named("get_month"))
    assert all(re.search(pattern, lines[index].message) for index in chosen)
    assert not re.search(pattern, lines[5].message)


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("create_expense", ["create_expense"]),
        ("POST /expenses", ["create_expense"]),
        ("post /v1/expenses", ["create_expense"]),
        ("/expenses", ["create_expense", "list_expenses"]),
        ("expenses/", ["create_expense", "list_expenses"]),
        ("GET /v1/expenses/01JD8Z3N5T9Q4V7XK2M6R0BHWC?x=1", ["get_expense"]),
        ("/expenses/{expense_id}/restore", ["restore_expense"]),
        ("/reports/months/2026-11", ["get_month"]),
    ],
)
def test_a_route_may_be_named_in_each_way_that_people_have_it_before_them(text: str, operations: list[str]) -> None:
    assert sorted(each.operation for each in routes_named(text)) == operations


def test_every_route_may_be_named_by_its_method_and_path() -> None:
    for route in ROUTES:
        assert routes_named(f"{route.method} {route.path}") == (route,)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("POST /expense", "Did you mean 'POST /expenses'?"),
        ("list_expense", "Did you mean 'list_expenses'?"),
        ("PUT /expenses", "Did you mean"),
        ("/nothing/of/the/kind", "docs/api.md"),
        ("", "docs/api.md"),
    ],
)
def test_of_an_unknown_route_the_most_similar_is_named(text: str, hint: str) -> None:
    with pytest.raises(StackError, match="Cannot read the logs of the route") as refused:
        routes_named(text)
    assert hint in str(refused.value)
