"""The output on a terminal: within its width, in colour, with each change while it is in progress."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from stack.cli import screen, terminal
from stack.engine.model import Action, Change, Difference, Plan
from stack.engine.run import Outcome

LONG = "arn:aws:iam::123456789012:role/" + "x" * 130
PLAN = Plan(
    (
        Change("box.new", "s-new", Action.CREATE, "new"),
        Change("box.drifted", "s-drifted", Action.UPDATE, "drift", (Difference("role", "a", LONG[:99]),)),
        Change("box.same", "s-same", Action.NOTHING),
    )
)
ROWS = [("rest_api: integration timeout (different)", "not enforced; " * 12), ("url", LONG)]
WIDTHS = pytest.mark.parametrize("width", [40, 80, 120])


def console(width: int, *, colour: bool = False) -> Console:
    """A terminal of that width, which keeps what is written to it."""
    return Console(
        file=io.StringIO(),
        width=width,
        height=20,
        force_terminal=True,
        color_system="standard" if colour else None,
    )


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@WIDTHS
def test_a_plan_fits_the_terminal_and_loses_nothing(width: int) -> None:
    place = console(width)
    terminal.show_plan(PLAN, place)
    lines = shown(place).splitlines()
    assert max(map(len, lines)) <= width
    assert "box.same" not in shown(place)
    assert LONG[:99] in "".join(line.strip() for line in lines)
    assert all(line.startswith("    ") for line in lines[2:-1]), "a wrapped difference stays indented"
    assert lines[-1].strip() == "1 to create, 1 to update, 1 unchanged"


@WIDTHS
def test_a_table_fits_the_terminal_and_loses_nothing(width: int) -> None:
    place = console(width)
    terminal.show_table(ROWS, ("feature", "here"), place)
    lines = shown(place).splitlines()
    assert max(map(len, lines)) <= width
    assert "".join(shown(place).split()).count("x") == LONG.count("x")
    assert shown(place).count("enforced;") == 12


def test_a_change_has_the_colour_of_its_action() -> None:
    place = console(80, colour=True)
    terminal.show_plan(PLAN, place)
    assert "\033[32m+ box.new (s-new)  new\033[0m" in shown(place)
    assert "\033[33m~ box.drifted (s-drifted)  drift\033[0m" in shown(place)


@WIDTHS
def test_progress_shows_what_runs_and_a_bar_and_then_each_outcome(width: int) -> None:
    place = console(width)
    first, second = PLAN.pending
    with terminal.Progress(PLAN, place) as progress:
        progress.begun(first)
        progress.begun(second)
        progress.ended(Outcome(first, 0.42))
        picture = console(width)
        picture.print(progress.picture())
    lines = shown(picture).splitlines()
    assert max(map(len, lines)) <= width
    assert "box.drifted" in lines[0]
    assert "updating" in lines[0]
    assert "1 of 2" in lines[1]
    assert "box.new" not in shown(picture)
    assert "+ box.new      0.42 s" in shown(place), "as wide as the longest address"


def test_progress_shows_the_first_eight_of_many() -> None:
    changes = tuple(Change(f"box.n{number}", f"n{number}", Action.CREATE) for number in range(30))
    progress = terminal.Progress(Plan(changes), console(80))
    for change in changes:
        progress.begun(change)
    picture = console(80)
    picture.print(progress.picture())
    assert len(shown(picture).splitlines()) == terminal.SHOWN + 2
    assert "and 22 more" in shown(picture)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "rich"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
        ({"CI": "true"}, False),
        ({"CI": "false"}, True),
    ],
)
def test_only_a_person_at_a_terminal_gets_more_than_plain_lines(
    variables: dict[str, str], rich: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"NO_COLOR": "", "CI": "", "TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    place = Screen()
    monkeypatch.setattr(sys, "stdout", place)
    assert screen.is_rich(place) is rich
    assert not screen.is_rich(io.StringIO())
    screen.show_plan(PLAN)
    assert ("\033[" in place.getvalue()) is rich


def test_progress_without_a_terminal_is_a_line_for_each_change_that_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.waiting("Reading"), screen.progress(PLAN) as observer:
        observer.begun(PLAN.pending[0])
        observer.ended(Outcome(PLAN.pending[0], 0.42))
    assert capsys.readouterr() == ("", "+ box.new  0.42 s\n")
