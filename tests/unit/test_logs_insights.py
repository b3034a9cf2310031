"""Queries of CloudWatch Logs Insights, against botocore's model of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from stack.errors import CallFailed, StackError
from stack.logs import insights
from stack.logs.reading import Groups
from tests.unit.fake_clock import FakeClock, clock
from tests.unit.logs import BEGAN, FAILED, REQUEST

__all__ = ["clock"]
NAMES = {"api": "/aws/apigateway/expenses-api", "reports": "/aws/lambda/expenses-reports"}
HOUR = 3_600_000
QUERY = {"queryId": "q-1"}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("logs", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield stubber


def started(pattern: str) -> dict[str, Any]:
    return {
        "logGroupNames": sorted(NAMES.values()),
        "startTime": (BEGAN - HOUR) // 1000,
        "endTime": BEGAN // 1000 + 1,
        "queryString": "fields @timestamp, @log, @logStream, @message"
        f" | filter @message like /{pattern}/ | sort @timestamp asc",
        "limit": 10_000,
    }


def row(**cells: str) -> list[dict[str, str]]:
    return [{"field": f"@{name}", "value": value} for name, value in {**cells, "ptr": "p"}.items()]


def answered(*rows: list[dict[str, str]], status: str = "Complete", scanned: float = 0) -> dict[str, Any]:
    statistics = {"bytesScanned": scanned, "recordsMatched": float(len(rows)), "recordsScanned": 5.0}
    return {"status": status, "results": list(rows), "statistics": statistics}


def asked(stub: Stubber, pattern: str = REQUEST) -> tuple[list[Any], list[str]]:
    said = list[str]()
    client: Any = stub.client
    groups = Groups(client, NAMES)
    return list(insights.query(groups, pattern, BEGAN - HOUR, BEGAN, say=said.append)), said


def test_a_query_gives_events_like_a_read_and_says_what_it_cost(stub: Stubber, clock: FakeClock) -> None:
    stub.add_response("start_query", QUERY, started(REQUEST))
    stub.add_response("get_query_results", answered(status="Running"), QUERY)
    found = row(
        timestamp="2026-11-28 19:26:33.963",
        log="123456789012:/aws/lambda/expenses-reports",
        logStream="s",
        message=FAILED,
    )
    stub.add_response("get_query_results", answered(found, scanned=1.2e9), QUERY)
    (event,), said = asked(stub)
    assert (event.time, event.source, event.stream) == ("2026-11-28T19:26:33.963Z", "reports", "s")
    assert (event.request_id, event.fields["error"]) == (REQUEST, "ClientError")
    assert said == ["Logs Insights scanned 1.2 GB, for about $0.0060"]


def test_a_slash_in_a_pattern_does_not_end_it(stub: Stubber) -> None:
    stub.add_response("start_query", QUERY, started(r'"\/expenses"'))
    stub.add_response("get_query_results", answered(scanned=999), QUERY)
    assert asked(stub, '"/expenses"') == ([], ["Logs Insights scanned 999 bytes, for about $0.0000"])


def test_a_full_answer_says_that_it_is_not_all(stub: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "MOST_ROWS", 1)
    stub.add_response("start_query", QUERY, {**started(REQUEST), "limit": 1})
    found = row(timestamp="2026-11-28 19:26:33.963", log="1:/aws/lambda/expenses-reports", logStream="s", message="x")
    stub.add_response("get_query_results", answered(found), QUERY)
    assert asked(stub)[1][1] == "Only the first 1 events are shown. Pass a shorter --since to see others."


def test_a_query_that_failed_is_a_sentence(stub: Stubber) -> None:
    stub.add_response("start_query", QUERY, started(REQUEST))
    stub.add_response("get_query_results", answered(status="Failed"), QUERY)
    with pytest.raises(StackError, match="Cannot query the logs: the query ended as Failed"):
        asked(stub)


def test_a_query_that_takes_too_long_is_stopped(stub: Stubber, clock: FakeClock) -> None:
    stub.add_response("start_query", QUERY, started(REQUEST))
    for _ in range(int(insights.LONGEST_SECONDS / insights.POLL_SECONDS)):
        stub.add_response("get_query_results", answered(status="Running"), QUERY)
    stub.add_response("stop_query", {"success": True}, QUERY)
    with pytest.raises(StackError, match="Pass a shorter --since"):
        asked(stub)
    stub.assert_no_pending_responses()


def test_ctrl_c_stops_the_query(stub: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stack.clock.sleep", interrupted)
    stub.add_response("start_query", QUERY, started(REQUEST))
    stub.add_response("get_query_results", answered(status="Running"), QUERY)
    stub.add_response("stop_query", {"success": True}, QUERY)
    with pytest.raises(KeyboardInterrupt):
        asked(stub)
    stub.assert_no_pending_responses()


def test_a_refused_query_names_the_call(stub: Stubber) -> None:
    stub.add_client_error("start_query", "AccessDeniedException", "not allowed")
    with pytest.raises(CallFailed, match="Cannot query the logs: StartQuery answered AccessDeniedException"):
        asked(stub)
