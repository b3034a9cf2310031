"""Starting and stopping the emulator, where something is in the way. Nothing here starts a real one."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from stack.local import (
    EmulatorError,
    emulator_start,
    emulator_status,
    emulator_stop,
    environments,
    process,
    snapshot,
)
from stack.local.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = {
    "pid": 0, "host": "127.0.0.1", "port": 1, "started": 0.0, "version": "1.5.33", "nonce": "n",
    "stock": False, "region": "us-east-1",
}  # fmt: skip
STUBBORN = """
import fcntl, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def leave_record(home: Path, **facts: object) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "emulator.json").write_text(json.dumps({**RECORD, **facts}))


def stand_in_for_the_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Have `script` run where the launcher would."""
    (tmp_path / "serve.py").write_text(script)
    monkeypatch.setattr(process, "EMULATOR", tmp_path)
    monkeypatch.setattr(process, "ensure_environments", lambda say: None)
    monkeypatch.setattr(process, "emulator_environment", lambda: type("Own", (), {"python": sys.executable}))


@pytest.fixture
def foreign_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the home and does not heed SIGTERM."""
    lock = str(tmp_path / "emulator.lock")
    with subprocess.Popen([sys.executable, "-c", STUBBORN, lock], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_a_port_that_another_program_has_is_named_with_the_way_out(tmp_path: Path, foreign_port: int) -> None:
    with pytest.raises(EmulatorError) as refusal:
        emulator_start(tmp_path, foreign_port)

    assert f"port {foreign_port}: another program listens there" in str(refusal.value)
    assert f"--port {foreign_port + 1}" in str(refusal.value)


def test_a_home_that_cannot_be_written_to_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmulatorError, match=r"Cannot write to the home folder .*file/home.*STACK_HOME"):
        emulator_start(tmp_path / "file" / "home", 0)


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12 * 10**6))

    with pytest.raises(EmulatorError, match=r"has 12 MB left, and a running stack takes 200 MB.*STACK_HOME"):
        emulator_start(tmp_path, 0)

    assert not (tmp_path / "version.json").exists()


def test_what_the_emulator_said_before_it_ended_too_early_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_the_emulator(monkeypatch, tmp_path, "import sys; sys.exit('no luck today')")

    with pytest.raises(EmulatorError, match=r"(?s)ended while it was starting \(exit code 1\).*no luck today"):
        emulator_start(tmp_path / "home", 0)


def test_a_port_lost_between_looking_and_binding_is_still_a_port_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_the_emulator(monkeypatch, tmp_path, "import sys; sys.exit(98)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(EmulatorError, match=f"on port {port}: another program"):
        emulator_start(tmp_path / "home", port)


def test_the_shell_of_the_developer_does_not_leak_into_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_the_emulator(monkeypatch, tmp_path, "import os, sys; sys.exit(' '.join(sorted(os.environ)))")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")

    with pytest.raises(EmulatorError) as failure:
        emulator_start(tmp_path / "home", 0)

    assert not {"HTTP_PROXY", "AWS_PROFILE", "PYTHONPATH"} & set(str(failure.value).split())


def test_a_process_that_died_is_mentioned_before_a_new_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in_for_the_emulator(monkeypatch, tmp_path, "import sys; sys.exit('started again')")
    leave_record(tmp_path / "home", pid=4242)
    said: list[str] = []

    with pytest.raises(EmulatorError, match="started again"):
        emulator_start(tmp_path / "home", 0, say=said.append)

    assert "process 4242) ended without stopping cleanly" in said[0]


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


def test_an_emulator_that_does_not_heed_the_request_to_stop_is_killed_with_a_word(
    tmp_path: Path, stubborn: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_record(tmp_path, pid=stubborn.pid)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.3)
    said: list[str] = []

    assert emulator_stop(tmp_path, say=said.append) is True

    assert stubborn.wait(5) == -9
    assert f"process {stubborn.pid}) did not stop" in said[0]
    assert not (tmp_path / "emulator.json").exists()


def test_a_holder_without_a_record_is_not_guessed_at(tmp_path: Path, stubborn: subprocess.Popen[str]) -> None:
    with pytest.raises(EmulatorError, match="left no record of its process"):
        emulator_stop(tmp_path)

    assert stubborn.poll() is None


def test_a_holder_that_never_answers_is_reported_and_not_reused(
    tmp_path: Path, stubborn: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_record(tmp_path, pid=stubborn.pid)
    monkeypatch.setattr(process, "START_SECONDS", 0.2)

    with pytest.raises(EmulatorError, match=r"does not answer\. Stop it with `stack down`"):
        emulator_start(tmp_path, 0)


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
    assert process.default_home() == Path.cwd() / "elsewhere"
    monkeypatch.setenv("STACK_HOME", "")
    assert process.default_home() == environments.PROJECT / ".stack"


def test_wiping_a_home_leaves_what_is_not_data(tmp_path: Path) -> None:
    leave_record(tmp_path, pid=os.getpid())
    (tmp_path / "state").mkdir()
    (tmp_path / "notes.txt").touch()

    Home(tmp_path).wipe()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]
