"""Log events as people and programs get them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from stack.cli import terminal
from stack.cli.log_lines import BAD, GOOD, ODD, is_noise, line, plain
from stack.logs.event import API
from tests.unit.logs import BEGAN, FAILED, REQUEST, RUN, access, frame, ours, told

LINES = [
    (API, access(201), f"201           152 ms  GET /reports/months/{{month}}  {REQUEST}", GOOD),
    (API, access(401, error="UNAUTHORIZED"), f"152 ms  GET /reports/months/{{month}}  UNAUTHORIZED  {REQUEST}", ODD),
    (API, access(500, integrationStatus=429), "Lambda answered 429", BAD),
    ("reports", ours(operation="get_month", status=200, latency_ms=7.4), "200           7.4 ms  get_month", GOOD),
    ("processor", ours("record", outcome="ready", latency_ms=438.0), f"ready       438.0 ms  record  {REQUEST}", GOOD),
    ("eraser", ours("record", outcome="failed", latency_ms=1.0), "failed        1.0 ms  record", BAD),
    ("reports", FAILED, "ERROR     ClientError AccessDeniedException at handlers/store/account/closing.py:30", BAD),
    ("reports", ours("other", "WARNING", size=3), f"WARNING   other  size=3  {REQUEST}", ""),
    ("reports", "printed", "printed", ""),
    ("reports", "{not JSON", "{not JSON", ""),
    ("reports", "[1]", "[1]", ""),
    (API, '{"status": null}', "None", ""),
    (API, "text", "text", ""),
    ("reports", ours("failed", frames=5), '"frames": 5', ""),
    ("reports", ours("failed", causes="x"), '"causes": "x"', ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message", "text", "style"), LINES)
def test_an_event_is_one_line_in_columns(source: str, message: str, text: str, style: str) -> None:
    shown = line(told(message, source))
    assert text in shown.text
    assert shown.style == style
    assert plain(shown, 9) == f"2026-11-28T19:26:33.000Z  {source:<9}  {shown.text}"


def test_a_document_of_somebody_else_with_our_names_is_shown_as_it_is() -> None:
    for fields in ({"aws_calls": ["x"]}, {"aws_calls": 5}, {"aws_calls_more": "x"}):
        message = ours(operation="get_month", **fields)
        assert line(told(message), in_full=True).text == message


def test_people_do_not_see_metrics_and_lambdas_own_lines_unless_an_invocation_ended_badly() -> None:
    hidden = [*frame(), '{"_aws": {}, "Latency": [1.0]}', "", f"INIT_START Runtime Version: {RUN}"]
    assert all(is_noise(told(each)) for each in hidden)
    assert not is_noise(told(f"REPORT RequestId: {RUN}\tDuration: 3000.00 ms\tStatus: timeout"))
    assert not is_noise(told(ours()))


def test_the_text_of_an_event_cannot_move_the_cursor_nor_turn_the_line() -> None:
    hostile = "a\x1b[2Jb\rc\x07\x9bd\u202ee\u2066f\tg"
    shown = plain(line(told(hostile)), 1)
    assert "a\\u001b[2Jb" in shown
    assert not set(shown) & set("\x1b\r\x07\x9b\u202e\u2066")
    assert "\\u001b" in plain(line(told(ours("x\x1b[2J"))), 1)


def test_an_event_of_several_lines_stays_under_its_time() -> None:
    shown = plain(line(told("[ERROR] ValueError: no\n  File\n")), 7)
    assert shown.splitlines()[1] == " " * 35 + "  File"


def test_a_failure_names_its_first_cause() -> None:
    root = {"error": "ReadTimeoutError", "aws_code": None, "frames": ["/opt/python/urllib3/response.py:3 read"]}
    shown = line(told(ours("failed", "ERROR", error="Busy", aws_code=None, frames=[], causes=[{"error": "X"}, root])))
    assert "Busy, caused by ReadTimeoutError at urllib3/response.py:3 read" in shown.text


def test_a_program_gets_every_event_as_a_document() -> None:
    document = told(FAILED, at=BEGAN + 7).document
    assert (document["time"], document["source"]) == ("2026-11-28T19:26:33.007Z", "reports")
    assert document["message"]["error"] == "ClientError"
    assert told("text").document["message"] == "text"


def test_a_terminal_shows_the_same_text_in_colour_however_narrow_it_is() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=20, highlight=False, color_system="standard")
    shown = line(told(FAILED), in_full=True)
    terminal.log_printer(7, console)(shown)
    drawn = screen.getvalue()
    assert "\x1b[1;31mERROR" in drawn
    plain_screen = io.StringIO()
    terminal.log_printer(7, Console(file=plain_screen, width=20, highlight=False))(shown)
    assert plain_screen.getvalue() == plain(shown, 7) + "\n"
