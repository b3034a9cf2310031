"""Plans, reports and tables as plain text."""

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
def test_a_variable_that_is_named_as_a_secret_is_shown_without_its_value(name: str) -> None:
    path = f"environment.{name}"
    assert lines(path, "old-value", "new-value") == [f"{path}: (not shown) → (not shown)"]
    assert lines(path, ABSENT, "new-value") == [f"{path}: (absent) → (not shown)"]
    change = Change("function.a", "s-a", Action.UPDATE, "drift", (Difference(path, "old-value", "new-value"),))
    assert "value" not in json.dumps(printing.plan_document(Plan((change,))))


@pytest.mark.parametrize("path", ["client.id_token_minutes", "password.minimum_length", "partition_key"])
def test_what_only_sounds_like_a_secret_is_shown(path: str) -> None:
    assert lines(path, 5, 60) == [f"{path}: 5 → 60"]


def test_a_plan_is_one_line_for_each_change_and_each_property_and_the_count() -> None:
    drift = (Difference("memory", 256, 512),)
    plan = Plan(
        (
            Change("box.a", "s-a", Action.NOTHING),
            Change("box.b", "s-b", Action.CREATE, "new", drift),
            Change("box.c", "s-c", Action.UPDATE, "drift", drift),
        )
    )
    assert list(printing.plan_lines(plan)) == [
        "+ box.b (s-b)  new",
        "~ box.c (s-c)  drift",
        "    memory: 256 → 512",
        "1 to create, 1 to update, 1 unchanged",
    ]


def outcome(action: Action, **how: str) -> Outcome:
    return Outcome(Change("box.a", "a", action), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        ([outcome(Action.CREATE)] * 33, "33 created in 1.2 s (3 reads, 2 writes)"),
        (
            [outcome(Action.DELETE), outcome(Action.UPDATE), outcome(Action.UPDATE)],
            "2 updated, 1 deleted in 1.2 s (3 reads, 2 writes)",
        ),
        (
            [outcome(Action.REPLACE), outcome(Action.RESTAMP)],
            "1 finished, 1 replaced in 1.2 s (3 reads, 2 writes)",
        ),
    ],
)
def test_a_report_counts_what_was_done_by_action(outcomes: list[Outcome], line: str) -> None:
    assert printing.report_line(Report(tuple(outcomes)), 3, 2, 1.25) == line


def test_a_report_of_failures_says_what_to_do_next() -> None:
    outcomes = (
        outcome(Action.CREATE),
        outcome(Action.CREATE, error="no"),
        outcome(Action.UPDATE, skipped="box.b"),
    )
    assert printing.report_line(Report(outcomes), 3, 2, 1.25) == (
        f"1 created, 1 failed, 1 not started in 1.2 s (3 reads, 2 writes)\n{printing.NEXT}"
    )


def test_a_table_has_columns_of_equal_width_and_a_free_last_one() -> None:
    rows = [("as declared", "table.data", "expenses-data"), ("drift", "function.expenses", "x")]
    assert printing.table(rows).splitlines() == [
        "  as declared  table.data         expenses-data",
        "  drift        function.expenses  x",
    ]
    assert printing.table([]) == ""
