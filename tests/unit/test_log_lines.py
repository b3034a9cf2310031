"""The lines that functions log: one id joins them, and each AWS call has its time."""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws

from handlers.contract.request_id import is_request_id
from handlers.runtime.events import RecordsFailed
from handlers.store.calls import MAX_CALLS, Calls
from tests.unit.front_door import BUCKET, ENVIRONMENT, FrontDoor, create_table, function
from tests.unit.receipts import REQUEST, Place, place, processor_class
from tests.unit.test_erasure import SETTINGS

CLOSE = "/profile?confirm=delete"
RUN = SimpleNamespace(aws_request_id="run-1", get_remaining_time_in_millis=lambda: 60_000)
HOSTILE = ["", "a b", "é", "x" * 65, 'id","level":"INFO', "line\nbreak", "<script>", "a@example.com"]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        boto3.client("sqs").create_queue(QueueName="erasures")
        yield FrontDoor()


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def written(monkeypatch: pytest.MonkeyPatch, part: str) -> Lines:
    """Read the lines of a function, which has been imported: Powertools keeps the output that was there then."""
    out = io.StringIO()
    for handler in logging.getLogger(part).handlers:
        monkeypatch.setattr(handler, "stream", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_line_of_a_request_has_each_aws_call_with_its_time_and_no_word_of_its_parameters(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    function("expenses")
    lines = written(monkeypatch, "expenses")
    door.create(merchant="Canary")
    (line,) = lines()
    assert [call["op"] for call in line["aws_calls"]][:1] == ["dynamodb.GetItem"], "the closed account"
    assert "dynamodb.TransactWriteItems" in {call["op"] for call in line["aws_calls"]}
    assert all(0 <= call["ms"] <= line["latency_ms"] for call in line["aws_calls"])
    assert not {"Canary", door.claims["sub"]} & set(json.dumps(line).split('"'))
    assert "location" not in line


def test_a_request_without_an_aws_call_has_no_such_field(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    function("public")
    lines = written(monkeypatch, "public")
    door.call("GET", "/health")
    assert "aws_calls" not in lines()[0]


def test_a_call_that_aws_refuses_or_does_not_answer_has_its_error(door: FrontDoor) -> None:
    calls = Calls()
    client = calls.watch(boto3.client("dynamodb", "eu-central-1"))
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="nothing", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
    client.meta.events.register_first("before-send", _closed)
    with pytest.raises(ConnectionClosedError):
        client.describe_limits()
    assert [(call["op"], call["error"]) for call in calls.fields()["aws_calls"]] == [
        ("dynamodb.GetItem", "ResourceNotFoundException"),
        ("dynamodb.DescribeLimits", "ConnectionClosedError"),
    ]


def test_a_run_of_many_calls_has_a_line_of_limited_length(door: FrontDoor) -> None:
    calls = Calls()
    client = calls.watch(boto3.client("dynamodb", "eu-central-1"))
    for _ in range(MAX_CALLS + 7):
        client.describe_limits()
    fields = calls.fields()
    assert (len(fields["aws_calls"]), fields["aws_calls_more"]["count"]) == (MAX_CALLS, 7)
    assert len(json.dumps(fields)) < 1500
    calls.begin()
    assert calls.fields() == {}


def test_each_line_of_a_request_has_its_id_and_that_of_the_run(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = function("expenses")
    lines = written(monkeypatch, "expenses")
    with patch("tests.unit.front_door.function", lambda _: lambda event, _: handler(event, RUN)):
        door.create()
        with patch("handlers.store.table.partition.Partition.item", side_effect=RuntimeError):
            door.call("GET", "/expenses/01JD8Z3N5T9Q4V7XK2M6R0BHWC")
    assert [(line["message"], line["operation"]) for line in lines()] == [
        ("request", "create_expense"),
        ("failed", "get_expense"),
        ("request", "get_expense"),
    ]
    assert {(line["correlation_id"], line["function_request_id"]) for line in lines()} == {("request-1", "run-1")}


def test_the_lines_of_an_inspection_have_the_id_of_the_request_that_asked_for_the_upload(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(processor_class().__module__)
    lines = written(monkeypatch, "processor")
    monkeypatch.setattr(module, "dynamodb", lambda: here.table.client)
    monkeypatch.setattr(module, "s3", lambda: here.s3)
    monkeypatch.setattr(module, "SETTINGS", module.ProcessorSettings(table_name=here.table.name, bucket_name=BUCKET))
    asked, unknown = here.ask(here.expense(), b"<html>"), here.ask(here.expense())
    here.upload(asked, b"<html>")
    here.table.client.delete_item(
        TableName=here.table.name, Key={"pk": {"S": f"USER#{here.sub}"}, "sk": {"S": _sort_key(unknown)}}
    )
    records = [{"s3": {"object": {"key": here.key(each)}}} for each in (asked, unknown)]
    module.handler({"Records": records}, RUN)
    assert [(line["outcome"], line.get("correlation_id"), line["function_request_id"]) for line in lines()] == [
        ("rejected", REQUEST, "run-1"),
        ("unknown", None, "run-1"),
    ], "an upload that nobody asked for belongs to no request, nor to that of the record before"


def test_the_eraser_logs_the_id_of_the_request_that_closed_the_account(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, lines = _eraser(monkeypatch)
    door.call("DELETE", CLOSE)
    (message,) = boto3.client("sqs").receive_message(
        QueueUrl=ENVIRONMENT["ERASURES_URL"], MessageAttributeNames=["All"]
    )["Messages"]
    sent = message["MessageAttributes"]["request_id"]["StringValue"]
    _deliver(handler, {"request_id": {"stringValue": sent, "dataType": "String"}})
    _deliver(handler, {})
    assert {line.get("correlation_id") for line in lines()[:2]} == {"request-1"}
    assert {line.get("correlation_id") for line in lines()[2:]} == {None}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_that_is_no_request_id_is_not_logged(
    door: FrontDoor, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert not is_request_id(value)
    handler, lines = _eraser(monkeypatch)
    _deliver(handler, {"request_id": {"stringValue": value, "dataType": "String"}})
    assert {line.get("correlation_id") for line in lines()} == {None}


def _eraser(monkeypatch: pytest.MonkeyPatch) -> tuple[Callable[[Any, Any], Any], Lines]:
    with patch.dict(os.environ, SETTINGS):
        from handlers.functions import eraser
    return eraser.handler, written(monkeypatch, "eraser")


def _deliver(handler: Callable[[Any, Any], Any], attributes: Any) -> None:
    """Give the eraser a message whose account is not in order, so that it logs a failure and an outcome."""
    with pytest.raises(RecordsFailed):
        handler({"Records": [{"messageId": "m", "body": "{}", "messageAttributes": attributes}]}, RUN)


def _sort_key(receipt: Any) -> str:
    return f"EXPENSE#{receipt.expense_id}#RECEIPT#{receipt.id}"


def _closed(**_: Any) -> None:
    raise ConnectionClosedError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")
