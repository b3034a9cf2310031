"""What holds for every function: who is trusted, what is logged, and that nothing is ever raised."""

from __future__ import annotations

import collections
import contextlib
import importlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from handlers.contract.query import Query
from handlers.contract.routes import ROUTES, Route
from handlers.contract.settings import PublicSettings
from handlers.runtime.app import serve
from handlers.runtime.refusal import refusal_of
from handlers.store import errors
from tests.unit.front_door import (
    COFFEE,
    ENVIRONMENT,
    ORIGIN,
    FrontDoor,
    claims_of,
    create_table,
    function,
    items,
)

PRIVATE = [route for route in ROUTES if not route.public]
SECRET = "Secret Merchant 4711"
GOOD = claims_of("somebody")


def name(route: Route) -> str:
    return route.operation


def target(route: Route) -> str:
    path = route.path.replace("{month}", "2026-03")
    return re.sub(r"\{\w+_id\}", "01JD8Z3N5T9Q4V7XK2M6R0BHWC", path)


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        yield FrontDoor()


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Read what was logged: Powertools keeps the output that was there when a function was imported."""
    written = io.StringIO()
    with contextlib.ExitStack() as stack:
        for part in ("expenses", "receipts", "reports", "profile", "public"):
            function(part)
            for handler in logging.getLogger(part).handlers:
                stack.enter_context(patch.object(handler, "stream", written))
        yield lambda: written.getvalue() + capsys.readouterr().out  # metrics are printed


CLAIMS: dict[str, dict[str, str]] = {
    "none": {},
    "an access token": {key: value for key, value in {**GOOD, "token_use": "access"}.items() if key != "aud"},
    "of another client": {**GOOD, "aud": "another-client"},
    "with a rewritten sub": {**GOOD, "sub": "somebody-else"},
    "without a user name": {key: value for key, value in GOOD.items() if key != "cognito:username"},
    "with an empty sub": {**GOOD, "sub": "", "cognito:username": ""},
    "without a use": {key: value for key, value in GOOD.items() if key != "token_use"},
}


@pytest.mark.parametrize("route", PRIVATE, ids=name)
@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS.keys())
def test_no_private_route_trusts_a_token_that_is_not_ours(
    door: FrontDoor, route: Route, claims: dict[str, str]
) -> None:
    reply = FrontDoor(claims).call(route.method, target(route), COFFEE, {"If-Match": '"1"'})
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert reply.json["code"] == "unauthorized"
    assert items() == []


@pytest.mark.parametrize("authorizer", [None, {}, {"claims": None}])
def test_a_request_that_passed_no_authorizer_is_refused(door: FrontDoor, authorizer: Any) -> None:
    context = {"requestId": "request-1", "authorizer": authorizer}
    assert door.call("GET", "/profile", requestContext=context).status == 401


def test_a_resource_that_the_function_does_not_have_is_not_found(door: FrontDoor) -> None:
    reply = door.call("GET", "/profile", resource="/elsewhere")
    assert (reply.status, reply.json["code"], reply.json["instance"]) == (404, "not_found", "request-1")
    assert door.call("GET", "/profile", httpMethod="PUT").status == 404


@pytest.mark.parametrize("part", ["expenses", "public"])
def test_a_cold_start_does_not_pay_for_a_second_router(part: str) -> None:
    program = f"""
import sys, handlers.functions.{part} as function
if {part!r} == "public": function.get_docs(None)
sys.exit(any("event_handler" in name for name in sys.modules))
"""
    subprocess.run([sys.executable, "-c", program], env={**os.environ, **ENVIRONMENT}, check=True)


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_an_operation_takes_the_body_and_the_parameters_that_its_route_declares(route: Route) -> None:
    function(route.function)
    operation = getattr(importlib.import_module(f"handlers.functions.{route.function}"), route.operation)
    hints = typing.get_type_hints(operation)
    body, query = typing.get_args(next(hint for name, hint in hints.items() if name != "return"))
    assert (body, query) == (route.body or type(None), route.query or Query)


@pytest.mark.parametrize("part", ["expenses", "receipts", "reports", "profile", "public"])
def test_a_warm_up_touches_nothing(part: str) -> None:
    with patch("botocore.client.BaseClient._make_api_call", side_effect=AssertionError("a call to AWS")):
        assert function(part)({"warm": 1}, None) == {"warm": True}


def test_every_refusal_of_the_store_has_words_of_its_own() -> None:
    """A new one without a row in the table would be told as a failure of ours."""
    made = {
        errors.StaleVersion: errors.StaleVersion(3),
        errors.InvalidCursor: errors.InvalidCursor("forged_cursor", "No."),
        errors.TooManyUploads: errors.TooManyUploads(60),
    }
    kinds = errors.StoreError.__subclasses__()
    told = {kind: refusal_of(made.get(kind) or kind()) for kind in kinds}
    assert all(400 <= refusal.kind.status < 500 for refusal in told.values()), told
    assert told[errors.Busy].kind.headers["Retry-After"] == "1"


def test_a_failure_is_told_as_a_problem_and_logged_without_what_it_said(
    door: FrontDoor, log: Callable[[], str]
) -> None:
    with patch("handlers.store.table.partition.transact", side_effect=RuntimeError(SECRET)):
        reply = door.call("POST", "/expenses", {**COFFEE, "merchant": SECRET})
    assert (reply.status, reply.json["code"], reply.json["instance"]) == (500, "internal", "request-1")
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    logged = log()
    failures = [line for line in lines(logged) if line.get("level") == "ERROR"]
    assert [failure["error"] for failure in failures] == ["RuntimeError"]
    assert any("create_expense" in frame for frame in failures[0]["frames"])
    assert SECRET not in reply.text + logged


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), KeyError(SECRET), AssertionError(SECRET)])
def test_no_failure_reaches_lambda(door: FrontDoor, error: Exception) -> None:
    with patch("handlers.store.table.partition.transact", side_effect=error):
        assert door.call("POST", "/expenses", COFFEE).status == 500


def test_a_failure_of_aws_is_logged_by_its_code_with_what_caused_it(door: FrontDoor, log: Callable[[], str]) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": SECRET}}, "GetItem")
    denied.__cause__ = ValueError(SECRET)
    with patch("handlers.store.table.partition.Partition.item", side_effect=denied):
        assert door.call("GET", target(PRIVATE[2])).status == 500
    (failure,) = [line for line in lines(log()) if line.get("level") == "ERROR"]
    assert (failure["error"], failure["aws_code"]) == ("ClientError", "AccessDeniedException")
    assert [cause["error"] for cause in failure["causes"]] == ["ValueError"]


def test_not_even_a_failing_log_reaches_lambda(door: FrontDoor) -> None:
    with patch("handlers.runtime.app.App._log", side_effect=OSError("no space")):
        reply = door.call("GET", "/profile")
    assert (reply.status, reply.json["code"]) == (500, "internal")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["access-control-allow-origin"] == ORIGIN


def test_each_request_has_one_line_with_its_id_and_nothing_about_its_user(
    door: FrontDoor, log: Callable[[], str]
) -> None:
    made = door.create({"Authorization": "Bearer header.payload.signature"}, merchant=SECRET, note=f"{SECRET}!")
    door.call("PATCH", f"/expenses/{made['id']}", {"note": 5}, {"If-Match": '"1"'})
    door.call("GET", f"/expenses?q={SECRET.replace(' ', '+')}")
    door.call("GET", "/profile")
    logged = log()
    requests = [line for line in lines(logged) if line.get("message") == "request"]
    told = [(line["operation"], line["status"], line["correlation_id"]) for line in requests]
    assert told == [
        ("create_expense", 201, "request-1"),
        ("update_expense", 422, "request-1"),
        ("list_expenses", 200, "request-1"),
        ("get_profile", 200, "request-1"),
    ]
    assert all(line["latency_ms"] >= 0 for line in requests)
    for secret in (SECRET, door.claims["sub"], door.claims["email"], "header.payload", made["id"]):
        assert secret not in logged


def test_metrics_are_counted_by_operation_and_nothing_finer(door: FrontDoor, log: Callable[[], str]) -> None:
    door.call("GET", "/expenses?limit=0")
    (metric,) = [line for line in lines(log()) if "_aws" in line and "operation" in line]
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "ExpenseTracker"
    assert set(directive["Dimensions"][0]) <= {"service", "operation"}
    assert (metric["operation"], metric["Refused"], metric["Failed"]) == ("list_expenses", [1.0], [0.0])


def test_business_events_are_counted_once_without_a_word_about_the_user(
    door: FrontDoor, log: Callable[[], str]
) -> None:
    key = {"Idempotency-Key": "once"}
    for _ in range(2):
        made = door.call("POST", "/expenses", COFFEE, headers=key).json
    door.call("PATCH", f"/expenses/{made['id']}", {"amount": "1.00"}, headers={"If-Match": '"99"'})
    counted = collections.Counter[str]()
    for line in lines(log()):
        if "_aws" in line and "operation" not in line:
            assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
            counted.update({m["Name"]: sum(line[m["Name"]]) for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]})
    counted.pop("ColdStart", None)  # counted with the first event of the process, whichever test has that
    assert counted == {"ExpensesWritten": 1, "IdempotentReplays": 1, "Conflicts": 1}


def test_a_function_serves_exactly_its_routes() -> None:
    settings = PublicSettings(cors_origin=ORIGIN)
    with patch.dict(os.environ, ENVIRONMENT), pytest.raises(ValueError, match="public"):
        serve("public", settings, {})


def test_a_function_without_its_settings_does_not_start() -> None:
    with pytest.raises(KeyError, match="CORS_ORIGIN"):
        PublicSettings.read({})


def test_a_resource_that_is_no_route_is_not_found(door: FrontDoor) -> None:
    reply = door.call("GET", "/profile", resource="/budgets")
    assert (reply.status, reply.json["code"]) == (404, "not_found")


def lines(logged: str) -> list[dict[str, Any]]:
    """Each line of a log, which is one JSON object."""
    return [json.loads(line) for line in logged.splitlines() if line.strip()]
