"""The story of one request, from whatever lines exist of it, and the cause of its failure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.cli.log_lines import plain
from stack.cli.log_story import cause, story_lines
from stack.logs.event import API, Event
from stack.logs.story import MOST_INVOCATIONS, Part, story
from tests.unit.logs import BEGAN, FAILED, REQUEST, RUN, Logs, access, frame, ours

SOURCES = ("api", "reports", "processor")
OTHER = "f7f48814-e4e4-49a1-a4ac-42d7e41e1a50"
CALLS = [{"op": "dynamodb.GetItem", "ms": 12.8, "error": "AccessDeniedException"}, {"op": "dynamodb.Query", "ms": 3.0}]


def told(logs: Logs, wanted: str = REQUEST) -> tuple[Part, ...]:
    groups = logs.groups(*SOURCES)

    def find(text: str) -> Iterator[Event]:
        return groups.read(0, text=text)

    return story(groups, wanted, find)


def invoked(logs: Logs, source: str, *lines: str, run: str = RUN, at: int = BEGAN + 150, stream: str = "one") -> None:
    """All lines of an invocation at its end, as one local target dates them."""
    for line in frame(*lines, run=run):
        logs.put(source, at, line, stream)


def messages(part: Part) -> list[str]:
    return [each.message for each in part.events]


def test_a_story_has_the_gateways_line_first_and_then_each_invocation_with_every_line() -> None:
    logs = Logs()
    late = ours("record", outcome="ready", latency_ms=400.0, function_request_id="run-2")
    invoked(logs, "processor", late, run="run-2", at=BEGAN + 2000)
    mine = [ours(operation="get_month", status=201, latency_ms=147.0, aws_calls=CALLS), "printed", '{"_aws": {}}']
    invoked(logs, "reports", *mine)
    logs.put("api", BEGAN + 160, access(201))
    logs.put("api", BEGAN + 161, access(requestId=OTHER))
    gateway, function, after = told(logs)
    assert (gateway.source, gateway.began, messages(gateway)) == (API, BEGAN, [access(201)])
    assert (function.source, function.began, messages(function)) == ("reports", BEGAN + 3, frame(*mine))
    assert (after.source, after.began, messages(after)) == ("processor", BEGAN + 1600, frame(late, run="run-2"))


def test_the_lines_of_another_invocation_in_the_same_stream_are_left_out() -> None:
    """On AWS one stream has the invocations of one environment, each after the other."""
    logs = Logs()
    invoked(logs, "reports", ours(correlation_id=OTHER, function_request_id="before"), run="before", at=BEGAN)
    invoked(logs, "reports", ours(), at=BEGAN)
    invoked(logs, "reports", "printed", run="after", at=BEGAN)
    assert [messages(each) for each in told(logs)] == [frame(ours())]


@pytest.mark.parametrize("wanted", [REQUEST, RUN])
def test_an_invocation_that_wrote_no_line_of_ours_is_found_through_the_gateways_line(wanted: str) -> None:
    logs = Logs()
    invoked(logs, "reports", "Task timed out after 20.00 seconds", stream="timed out")
    invoked(logs, "reports", "of nobody", run="another")
    logs.put("api", BEGAN + 160, access(504, error="INTEGRATION_TIMEOUT"))
    gateway, function = told(logs, wanted)
    assert gateway.source == API
    assert messages(function) == frame("Task timed out after 20.00 seconds")


def test_the_id_of_an_invocation_leads_to_the_whole_story_of_its_request() -> None:
    logs = Logs()
    invoked(logs, "reports", ours())
    invoked(logs, "processor", ours("record", function_request_id="run-2"), run="run-2", at=BEGAN + 900)
    assert [each.source for each in told(logs, "run-2")] == ["reports", "processor"]


def test_an_unknown_id_has_no_story_even_where_a_text_quotes_it() -> None:
    logs = Logs()
    logs.put("reports", BEGAN, f"somebody printed {REQUEST}")
    logs.put("reports", BEGAN, ours(correlation_id=OTHER, note=REQUEST))
    assert told(logs) == ()


def test_a_story_is_bounded_however_often_a_client_sends_an_id() -> None:
    logs = Logs()
    for number in range(MOST_INVOCATIONS + 5):
        run = f"run-{number}"
        invoked(logs, "reports", ours(function_request_id=run), run=run, at=BEGAN + number, stream=run)
    assert len(told(logs)) == MOST_INVOCATIONS


def test_people_see_the_calls_of_aws_with_their_times_and_the_frames_of_a_failure() -> None:
    logs = Logs()
    more = {"count": 4, "ms": 20.5}
    last = ours(operation="get_month", status=500, latency_ms=16.6, aws_calls=CALLS, aws_calls_more=more)
    invoked(logs, "reports", FAILED, last, '{"_aws": {}}')
    logs.put("api", BEGAN + 160, access(500))
    shown = "\n".join(plain(each, 9) for each in story_lines(told(logs)))
    indent, time = " " * 37, "2026-11-28T19:26:33"
    place = "handlers/store/account/closing.py:30 is_closed"
    assert shown.splitlines() == [
        f"{time}.160Z  api        500           152 ms  GET /reports/months/{{month}}  {REQUEST}",
        f"{time}.150Z  reports    ERROR     ClientError AccessDeniedException at {place} in get_month  {REQUEST}",
        f"{indent}ClientError AccessDeniedException",
        f"{indent}  handlers/runtime/app.py:93 _safely",
        f"{indent}  {place}",
        f"{indent}  botocore/client.py:606 _api_call",
        f"{time}.150Z  reports    500          16.6 ms  get_month  {REQUEST}",
        f"{indent}             12.8 ms  dynamodb.GetItem  AccessDeniedException",
        f"{indent}              3.0 ms  dynamodb.Query",
        f"{indent}             20.5 ms  4 further calls",
        f"{time}.150Z  reports    REPORT        154 ms  Billed Duration: 154 ms Memory Size: 256 MB  {RUN}",
    ]


CAUSES: list[tuple[list[str], int, dict[str, str], str]] = [
    ([FAILED], 500, {}, "reports: ClientError AccessDeniedException at handlers/store/account/closing.py:30 is_closed"),
    (["Traceback (most recent call last):", "  File", "ValueError: no"], 502, {}, "reports: ValueError: no"),
    (["[ERROR] ValueError: no\nTraceback (most recent call last):\n  File"], 502, {}, "reports: [ERROR] ValueError"),
    (["Task timed out after 20.00 seconds"], 504, {}, "reports: Task timed out after 20.00 seconds"),
    ([], 502, {}, "reports: the function wrote no line of its own"),
]


@pytest.mark.parametrize(("lines", "status", "fields", "said"), CAUSES)
def test_the_cause_of_a_failure_is_named(lines: list[str], status: int, fields: dict[str, str], said: str) -> None:
    logs = Logs()
    invoked(logs, "reports", *lines)
    logs.put("api", BEGAN + 160, access(status, **fields))
    assert said in str(cause(told(logs)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": 500, "integrationStatus": 429, "functionRequestId": "-"}, "status 429: it throttled the function"),
        ({"status": 500, "integrationStatus": 403, "functionRequestId": "-"}, "status 403"),
        ({"status": 401, "error": "UNAUTHORIZED", "integrationStatus": "-"}, "refused the request: UNAUTHORIZED"),
    ],
)
def test_a_request_that_reached_no_function_has_a_cause_as_well(fields: dict[str, object], said: str) -> None:
    logs = Logs()
    logs.put("api", BEGAN + 160, access(**fields))  # type: ignore[arg-type]
    assert said in str(cause(told(logs)))


def test_a_request_that_went_well_has_no_cause() -> None:
    logs = Logs()
    invoked(logs, "reports", ours(operation="get_month", status=422, latency_ms=1.0))
    logs.put("api", BEGAN + 160, access(422))
    assert cause(told(logs)) is None
