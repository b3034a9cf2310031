"""The environments beside our own: made once from a lock, renewed when it changes, explained on failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stack.local import EmulatorError, ensure_environments, environments
from stack.local.environments import Environment

if TYPE_CHECKING:
    from pathlib import Path

FAKE_UV = """#!/bin/sh
echo "$@" "VIRTUAL_ENV=$VIRTUAL_ENV" >> {log}
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin" && touch "$UV_PROJECT_ENVIRONMENT/bin/python"
echo "{complaint}" >&2
exit {code}
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    (tmp_path / "uv.lock").write_text("version = 1")
    made = Environment("the emulator", tmp_path / ".venv-emulator", tmp_path)
    monkeypatch.setattr(environments, "emulator_environment", lambda: made)
    monkeypatch.setattr(environments, "runtime_environment", lambda: made)
    return made


def install_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, code: int = 0, complaint: str = "") -> Path:
    """A uv that notes what it was asked; where it does."""
    log, uv = tmp_path / "uv.log", tmp_path / "uv"
    uv.write_text(FAKE_UV.format(log=log, code=code, complaint=complaint))
    uv.chmod(0o755)
    log.touch()
    monkeypatch.setattr(environments, "_uv", lambda: str(uv))
    return log


def test_an_environment_is_made_once_and_then_left_alone(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_uv(monkeypatch, tmp_path)
    said: list[str] = []

    ensure_environments(said.append)
    ensure_environments(said.append)

    assert len(log.read_text().splitlines()) == 1
    assert "--frozen" in log.read_text()
    assert said == ["Installing the emulator into .venv-emulator …"]


def test_a_changed_lock_renews_the_environment(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_uv(monkeypatch, tmp_path)
    ensure_environments(lambda _: None)

    (tmp_path / "uv.lock").write_text("version = 2")
    ensure_environments(lambda _: None)

    assert len(log.read_text().splitlines()) == 2


def test_an_interpreter_that_went_away_renews_the_environment(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_uv(monkeypatch, tmp_path)
    ensure_environments(lambda _: None)

    environment.python.unlink()
    ensure_environments(lambda _: None)

    assert len(log.read_text().splitlines()) == 2


def test_an_activated_foreign_environment_is_kept_from_uv(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somebody/elses")
    log = install_uv(monkeypatch, tmp_path)

    ensure_environments(lambda _: None)

    assert log.read_text().endswith("VIRTUAL_ENV=\n")


def test_an_unreachable_index_is_said_with_the_way_out(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_uv(monkeypatch, tmp_path, code=2, complaint="error: Failed to fetch: https://pypi.org/simple/x/")

    with pytest.raises(EmulatorError) as failure:
        ensure_environments(lambda _: None)

    assert "the package index cannot be reached" in str(failure.value)
    assert "UV_DEFAULT_INDEX" in str(failure.value)
    assert "https://pypi.org/simple/x/" in str(failure.value)


def test_an_environment_that_was_not_finished_is_not_taken_for_one(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_uv(monkeypatch, tmp_path, code=2, complaint="error: the lock does not parse")

    with pytest.raises(EmulatorError, match=r"(?s)uv failed.*the lock does not parse"):
        ensure_environments(lambda _: None)

    assert not environment.current()
