"""The verb ``logs``: which events it asks for, by which calls, and what it says where there are none."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stack.cli import log_commands, values
from stack.cli.options import Options
from stack.errors import StackError
from stack.logs import insights
from stack.logs.choosing import ERRORS
from stack.logs.event import Event
from stack.logs.reading import Groups
from tests.unit.logs import BEGAN, FAILED, REQUEST, Logs, access, frame, ours, told

SINCE = dt.datetime.fromtimestamp(BEGAN / 1000, dt.UTC)


@dataclass
class At:
    """A context: a stack whose log groups are named as their sources."""

    options: Options
    logs: Logs
    is_emulator: bool = True

    @property
    def target(self) -> At:
        return self

    def client(self, service: str) -> Logs:
        assert service == "logs"
        return self.logs

    def document(self, *names: str) -> dict[str, Any]:
        assert names == ("log_groups",)
        return {"log_groups": {each: each for each in ("expenses", "api", "reports")}}


def run(logs: Logs, *, aws: bool = False, **options: Any) -> int:
    given = Options("logs", Path(), **{"since": SINCE, **options})
    return log_commands.logs(At(given, logs, is_emulator=not aws))  # type: ignore[arg-type]


@pytest.fixture
def logs() -> Logs:
    found = Logs()
    found.put("api", BEGAN + 2, access(200))
    for line in frame(FAILED, ours(operation="get_month", status=500, latency_ms=1.0)):
        found.put("reports", BEGAN + 1, line)
    found.put("expenses", BEGAN + 3, "printed")
    found.put("expenses", BEGAN - 1, "too old")
    return found


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns of the queries of Insights, each of which finds FAILED."""
    found = list[str]()

    def query(groups: Groups, pattern: str, since: int, until: int, *, say: object) -> list[Event]:
        found.append(pattern)
        return [told(FAILED)]

    monkeypatch.setattr(insights, "query", query)
    return found


def sources(printed: str) -> list[str]:
    return [line.split()[1] for line in printed.splitlines()]


def test_by_default_everything_is_printed_that_people_want_to_see(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(logs) == 0
    printed = capsys.readouterr()
    assert sources(printed.out) == ["reports", "reports", "api", "expenses"]
    assert printed.err == ""


def test_programs_get_every_event_in_a_line(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(logs, json=True) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["source"] for each in documents] == ["reports"] * 5 + ["api", "expenses"]
    assert documents[1]["message"]["error"] == "ClientError"


def test_some_functions_and_some_events_may_be_chosen(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    run(logs, functions=("expenses", "api"))
    assert sources(capsys.readouterr().out) == ["api", "expenses"]
    run(logs, errors=True)
    assert sources(capsys.readouterr().out) == ["reports", "reports"]
    run(logs, route="GET /reports/months/2026-11")
    assert sources(capsys.readouterr().out) == ["reports", "reports", "api"]
    run(logs, route="get_month", errors=True, functions=("api",))
    assert capsys.readouterr().err.startswith(
        "No event that tells of a failure of the route 'get_month' in the logs of api since 2026-11-28T19:26:33.000Z."
    )


def test_one_request_is_told_with_its_cause(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(logs, request=REQUEST) == 0
    printed = capsys.readouterr().out
    assert sources(printed.splitlines()[0]) == ["api"]
    assert printed.endswith(
        "\n\nCause: reports: ClientError AccessDeniedException at handlers/store/account/closing.py:30 is_closed"
        " in get_month.\n"
    )
    run(logs, request=REQUEST, json=True)
    documents = [json.loads(line)["source"] for line in capsys.readouterr().out.splitlines()]
    assert documents == ["api"] + ["reports"] * 5


def test_a_long_time_on_aws_is_searched_by_insights_and_read_without_it(
    logs: Logs, queries: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(logs, aws=True)
    assert (queries, len(sources(capsys.readouterr().out))) == ([], 4)
    run(logs, aws=True, errors=True)
    run(logs, aws=True, route="get_month")
    run(logs, aws=True, request=REQUEST)
    assert queries == [ERRORS, r'"/reports/months/\{month\}"|"get_month"', REQUEST]
    assert "Cause: reports: ClientError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"functions": ("expences",)}, "Cannot read the logs of expences: .* Did you mean expenses?"),
        ({"functions": ("nothing",)}, "the stack has no function of that name. Choose one of expenses, api, reports"),
        ({"route": "/expense"}, "Cannot read the logs of the route '/expense'"),
        ({"request": "dead-beef"}, "Cannot find the request dead-beef: no line since 2026-11-28T19:26:33.000Z"),
        ({"request": REQUEST, "follow": True}, "Cannot combine --request with"),
        ({"request": REQUEST, "functions": ("api",)}, "Cannot combine --request with"),
    ],
)
def test_what_cannot_be_printed_is_a_sentence(logs: Logs, options: dict[str, Any], said: str) -> None:
    with pytest.raises(StackError, match=said):
        run(logs, **options)


def test_ctrl_c_ends_it_without_a_word(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    assert run(logs, follow=True) == 130
    printed = capsys.readouterr()
    assert len(sources(printed.out)) == 4
    assert printed.err == ""


def test_without_a_time_the_last_hour_is_printed_and_a_request_sought_for_a_day(logs: Logs) -> None:
    now = dt.datetime.now(dt.UTC).timestamp() * 1000
    run(logs, since=None)
    with pytest.raises(StackError):
        run(logs, since=None, request="nobody")
    starts = [round((now - each["startTime"]) / 3_600_000, 2) for each in (logs.calls[0], logs.calls[-1])]
    assert starts == [1, 24]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("0s", 0), ("007m", 420)]
)
def test_a_time_may_be_a_span_before_now(text: str, seconds: int) -> None:
    ago = (dt.datetime.now(dt.UTC) - values.moment(text)).total_seconds()
    assert ago == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T03:04:05Z", "2026-01-02t03:04:05.000Z", "2026-01-02 04:04:05+01:00", "2026-01-01T22:04:05-05:00"],
)
def test_a_time_may_be_written_in_rfc_3339(text: str) -> None:
    assert values.moment(text).astimezone(dt.UTC) == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
