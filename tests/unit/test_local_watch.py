"""Saving a handler redeploys, by a process that has not imported what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.cli.context import Context
from stack.cli.options import Options
from stack.local import watch

ANSWER = "raise SystemExit({code})"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose ``stack apply`` only writes down its arguments."""
    for folder in ("handlers", "stack"):
        (tmp_path / folder).mkdir()
    (tmp_path / "stack" / "__init__.py").touch()
    answer_of_apply(tmp_path, 0)
    monkeypatch.setattr(watch, "PROJECT", tmp_path)
    monkeypatch.setattr(watch, "HANDLERS", tmp_path / "handlers")
    return tmp_path


def answer_of_apply(project: Path, code: int) -> None:
    note = "import sys, pathlib; pathlib.Path('called').open('a').write(' '.join(sys.argv[1:]) + '\\n')\n"
    (project / "stack" / "cli.py").write_text(note + ANSWER.format(code=code))


@pytest.fixture
def said(project: Path) -> Iterator[list[str]]:
    """The lines of a watcher that runs beside the test."""
    lines: list[str] = []
    with watch.redeploying(["apply", "--name", "mine"], lines.append):
        time.sleep(0.5)  # until the system watches
        yield lines


def until(condition: list[str], count: int) -> None:
    deadline = time.monotonic() + 20
    while len(condition) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_saved_file_is_named_and_deployed_with_the_same_options(project: Path, said: list[str]) -> None:
    (project / "handlers" / "profile.py").write_text("x = 1")
    until(said, 2)

    assert said[0] == "changed: profile.py"
    assert said[1].startswith("live after")
    assert (project / "called").read_text() == "apply --name mine\n"


def test_a_refused_version_is_said_and_the_watch_goes_on(project: Path, said: list[str]) -> None:
    answer_of_apply(project, 1)
    (project / "handlers" / "profile.py").write_text("x =")
    until(said, 2)
    answer_of_apply(project, 0)
    (project / "handlers" / "profile.py").write_text("x = 1")
    until(said, 4)

    assert said[1] == "not deployed; the version before still serves"
    assert said[3].startswith("live after")


def test_the_watch_ends_with_what_it_runs_beside(project: Path) -> None:
    with watch.redeploying(["apply"], lambda _: None):
        assert any(thread.name == "watch" for thread in threading.enumerate())
    assert not any(thread.name == "watch" for thread in threading.enumerate())


def test_the_stack_of_the_watch_is_the_stack_that_is_applied(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1"
    context = Context(Options(verb="watch", home=tmp_path, target="localstack", endpoint_url=url, name="mine"))

    assert context.apply_arguments() == [
        *("apply", "--target", "localstack", "--endpoint-url", url, "--name", "mine", "--home", str(tmp_path)),
    ]


def test_a_system_that_can_watch_no_more_files_is_one_sentence_and_the_stack_goes_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watch, "watch", refuse)
    lines: list[str] = []
    with watch.redeploying(["apply"], lines.append):
        pass

    assert lines[0].startswith(f"Cannot watch {project / 'handlers'}: OS file watch limit reached.")
