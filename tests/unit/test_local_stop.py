"""Stopping, finding and asking an emulator that is gone, stubborn or another user's. Nothing here starts a real one."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.local import EmulatorError, default_home, emulator_status, emulator_stop, environments, snapshot, stop
from stack.local.home import Home
from tests.unit import emulators
from tests.unit.emulators import leave_record

SAVES_NOTHING = """
import fcntl, signal, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
signal.sigwait([signal.SIGTERM])
"""


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with emulators.stubborn(tmp_path) as holder:
        yield holder


def test_a_stale_record_never_gets_a_stranger_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        leave_record(tmp_path, pid=stranger.pid)
        said: list[str] = []

        assert emulator_stop(tmp_path, say=said.append) is False
        time.sleep(0.1)

        assert stranger.poll() is None
        assert "ended without stopping cleanly" in said[0]
        stranger.kill()


def test_stopping_where_nothing_runs_is_harmless(tmp_path: Path) -> None:
    assert emulator_stop(tmp_path / "never-used") is False
    assert emulator_status(tmp_path / "never-used") is None


def test_an_emulator_that_ignores_the_request_to_stop_is_killed_and_the_user_informed(
    tmp_path: Path, stubborn: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_record(tmp_path, pid=stubborn.pid)
    monkeypatch.setattr(stop, "STOP_SECONDS", 0.3)
    said: list[str] = []

    assert emulator_stop(tmp_path, say=said.append) is True

    assert stubborn.wait(5) == -9
    assert f"process {stubborn.pid}) did not stop" in said[0]
    assert not (tmp_path / "emulator.json").exists()


def test_a_holder_without_a_record_is_not_guessed_at(
    tmp_path: Path, stubborn: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "SETTLE_SECONDS", 0.1)
    with pytest.raises(EmulatorError, match="left no record of its process"):
        emulator_stop(tmp_path)

    assert stubborn.poll() is None


def test_an_emulator_of_another_user_is_named_as_such(
    tmp_path: Path, stubborn: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    leave_record(tmp_path, pid=stubborn.pid)
    with monkeypatch.context() as as_another_user:
        as_another_user.setattr(os, "kill", refuse)
        with pytest.raises(EmulatorError, match=f"process {stubborn.pid} belongs to another user. Run `stack down` as"):
            emulator_stop(tmp_path)

    assert stubborn.poll() is None


def test_an_emulator_that_could_not_save_its_data_is_not_said_to_have_done_so(tmp_path: Path) -> None:
    lock = str(tmp_path / "emulator.lock")
    with subprocess.Popen([sys.executable, "-c", SAVES_NOTHING, lock], stdout=subprocess.PIPE, text=True) as emulator:
        assert emulator.stdout is not None
        assert emulator.stdout.readline() == "held\n"
        leave_record(tmp_path, pid=emulator.pid)
        (tmp_path / "emulator.log").write_text("No space left on device.\n")

        with pytest.raises(EmulatorError, match=r"Cannot save the latest data .*: No space left on device\."):
            emulator_stop(tmp_path)

    assert not Home(tmp_path).record_path.exists()


def test_a_snapshot_of_nothing_says_how_to_start_something(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"no emulator runs in .*stack up"):
        snapshot(tmp_path)


def test_a_home_is_held_exactly_as_long_as_its_lock(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not home.held()
    with (tmp_path / "emulator.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert home.held()
    assert not home.held()


def test_the_home_comes_from_the_environment_and_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_HOME", "elsewhere")
    assert default_home() == Path.cwd() / "elsewhere"
    monkeypatch.setenv("STACK_HOME", "")
    assert default_home() == environments.PROJECT / ".stack"
