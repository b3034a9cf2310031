"""Starting, finding and stopping the real emulator, alone and beside others."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from stack.local import EmulatorError, emulator_start, emulator_status, emulator_stop
from stack.local.follow import stay
from stack.local.health import declare_ready, is_ready
from tests.e2e.emulated import PROC, client, make_function, make_table, processes_of, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    emulator_stop(tmp_path / "home")


def test_a_fresh_start_forgets_the_data(home: Path) -> None:
    first = start(home)
    make_table(first)

    second = start(home, fresh=True)

    assert second.pid != first.pid
    assert client(second, "dynamodb").list_tables()["TableNames"] == []


def test_a_second_start_finds_the_first(home: Path) -> None:
    first = start(home)
    second = emulator_start(home, first.port)

    assert (second.pid, second.endpoint_url) == (first.pid, first.endpoint_url)
    assert second.reused
    assert not first.reused


def test_another_port_or_mode_than_the_running_one_is_refused_with_the_way_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STACK_STOCK", raising=False)
    running = start(home)

    with pytest.raises(EmulatorError, match=f"already runs, on port {running.port}"):
        emulator_start(home, 1)
    with pytest.raises(EmulatorError, match="already runs with our patches"):
        emulator_start(home, 0, stock=True)


def test_two_homes_are_two_stacks_and_one_port_is_for_one_of_them(home: Path, tmp_path: Path) -> None:
    first = start(home)
    with pytest.raises(EmulatorError, match=f"the emulator of another home, {home}"):
        emulator_start(tmp_path / "second", first.port)

    second = start(tmp_path / "second")
    make_table(first)
    assert client(second, "dynamodb").list_tables()["TableNames"] == []
    emulator_stop(tmp_path / "second")
    assert emulator_status(home) is not None


def test_two_starts_at_once_end_in_one_emulator(home: Path) -> None:
    outcomes: list[int | str] = []

    def start_it() -> None:
        try:
            outcomes.append(start(home).pid)
        except EmulatorError as error:
            outcomes.append(str(error))

    both = [threading.Thread(target=start_it) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    running = emulator_status(home)
    assert running is not None
    assert set(outcomes) == {running.pid}


def test_a_request_in_flight_is_answered_before_the_end(home: Path) -> None:
    running = start(home)
    make_function(running, "slow", "import time\ndef handler(e, c):\n    time.sleep(1)\n    return 'answered'\n")
    functions, answers = client(running, "lambda"), []
    caller = threading.Thread(target=lambda: answers.append(functions.invoke(FunctionName="slow")["Payload"].read()))
    caller.start()
    time.sleep(0.5)
    emulator_stop(home)
    caller.join()

    assert answers == [b'"answered"']


@pytest.mark.skipif(not PROC.exists(), reason="processes are read from /proc")
def test_stopped_it_leaves_no_process_behind(home: Path) -> None:
    running = start(home)
    function = make_function(running, "warm", "def handler(event, context):\n    return 1\n")
    client(running, "lambda").invoke(FunctionName=function)
    assert len(processes_of(home)) == 2, "the emulator and the worker that it keeps warm"

    emulator_stop(home)

    assert processes_of(home) == []


@pytest.mark.skipif(not PROC.exists(), reason="processor time is read from /proc")
def test_starting_takes_little_of_the_processor(home: Path) -> None:
    """Time on the clock would be that of everything else that runs; the bench shows it."""
    running = start(home)
    user, system = (PROC / str(running.pid) / "stat").read_text().rpartition(")")[2].split()[11:13]

    assert (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") < 3  # 0.5 s when this was written


def test_the_emulator_says_it_is_ready_only_after_somebody_who_filled_it_has_said_so(home: Path) -> None:
    running = start(home)

    assert not is_ready(running.endpoint_url)
    declare_ready(running.endpoint_url)
    assert is_ready(running.endpoint_url)


def test_staying_ends_with_a_sentence_when_the_emulator_dies(home: Path) -> None:
    running = start(home)
    threading.Timer(0.5, os.kill, (running.pid, signal.SIGKILL)).start()

    with pytest.raises(EmulatorError, match="ended by itself"):
        stay(running)
