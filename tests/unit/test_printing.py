"""A plan as people read it: what changes, with both values, and no more."""

from __future__ import annotations

import json

import pytest

from stack.cli import printing
from stack.engine.compare import ABSENT
from stack.engine.model import Action, Change, Difference, Plan
from stack.engine.run import Outcome, Report

LONG = {"Statement": [{"Action": ["s3:GetObject"], "Resource": "*" * 80}], "Version": "2012-10-17"}


def lines(path: str, old: object, new: object) -> list[str]:
    return list(printing.difference_lines(Difference(path, old, new)))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (256, 512, "memory: 256 → 512"),
        ((), ("a", "b"), 'memory: "" → a, b'),
        (ABSENT, "x", "memory: (absent) → x"),
        (None, True, "memory: None → True"),
    ],
)
def test_a_short_change_is_one_line_with_both_values(old: object, new: object, line: str) -> None:
    assert lines("memory", old, new) == [line]


def test_of_a_long_document_only_what_differs_is_shown_whatever_the_order_of_its_keys() -> None:
    other = {**LONG, "Version": "2008-10-17"}
    reordered = json.dumps(dict(reversed(other.items())))
    assert lines("policy", json.dumps(LONG), reordered) == [
        "policy:",
        '  - "Version": "2012-10-17"'.replace("- ", "-  "),
        '  + "Version": "2008-10-17"'.replace("+ ", "+  "),
    ]


def test_of_a_long_list_only_what_differs_is_shown() -> None:
    kept = tuple(f"dynamodb:Operation{number}" for number in range(9))
    assert lines("actions", kept, (*kept, "dynamodb:Scan")) == ["actions:", "  + dynamodb:Scan"]


def test_a_line_that_is_too_long_is_cut_and_says_so() -> None:
    (_, gone, _) = lines("template", "x" * 500, "y")
    assert gone == f"  - {'x' * 98}… (502 characters)"


@pytest.mark.parametrize("name", ["CURSOR_KEY", "api_token", "DbPassword", "CLIENT_SECRET_2"])
def test_a_variable_that_is_named_as_a_secret_is_told_without_its_value(name: str) -> None:
    path = f"environment.{name}"
    assert lines(path, "old-value", "new-value") == [f"{path}: (not shown) → (not shown)"]
    assert lines(path, ABSENT, "new-value") == [f"{path}: (absent) → (not shown)"]
    change = Change("function.a", "s-a", Action.UPDATE, "drift", (Difference(path, "old-value", "new-value"),))
    assert "value" not in json.dumps(printing.plan_document(Plan((change,))))


@pytest.mark.parametrize("path", ["client.id_token_minutes", "password.minimum_length", "partition_key"])
def test_what_only_sounds_like_a_secret_is_shown(path: str) -> None:
    assert lines(path, 5, 60) == [f"{path}: 5 → 60"]


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert printing.coloured("gone", Action.DELETE) == "gone"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert printing.coloured("gone", Action.DELETE) == "\033[31mgone\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert printing.coloured("gone", Action.DELETE) == "gone"


def test_a_report_of_failures_says_what_to_do_next() -> None:
    good, bad = (Change(f"box.{each}", each, Action.CREATE) for each in "ab")
    report = Report((Outcome(good), Outcome(bad, error="no")))
    assert (
        printing.report_line(report, 3, 2, 1.25)
        == f"1 changed, 1 not done in 1.2 s (3 reads, 2 writes)\n{printing.NEXT}"
    )
    assert printing.report_line(Report((Outcome(good),)), 3, 2, 1) == "1 changed in 1.0 s (3 reads, 2 writes)"
