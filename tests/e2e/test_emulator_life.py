"""Starting, finding and stopping the real emulator, alone and beside others."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from stack.cli.context import Context
from stack.cli.options import Options
from stack.local import EmulatorError, emulator_start, emulator_status, emulator_stop, snapshot
from stack.local.follow import stay
from stack.local.health import declare_ready, is_ready
from tests.e2e.emulated import PROC, client, make_function, make_table, processes_of, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    with pytest.raises(EmulatorError, match="without our patches: it already runs with them"):
        emulator_start(home, 0, stock=True)


def test_an_argument_undoes_the_environments_wish_for_no_patches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_STOCK", "1")
    running = emulator_start(home, 0, stock=False, lent=True)
    assert running.patches
    assert not running.stock


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
    running, begun = start(home), home / "begun"
    wait = f"    open({str(begun)!r}, 'w').close()\n    time.sleep(1)\n"
    make_function(running, "slow", f"import time\ndef handler(e, c):\n{wait}    return 'answered'\n")
    functions, answers = client(running, "lambda"), []
    caller = threading.Thread(target=lambda: answers.append(functions.invoke(FunctionName="slow")["Payload"].read()))
    caller.start()
    while not begun.exists() and caller.is_alive():
        time.sleep(0.01)
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


def test_the_emulator_is_ready_only_after_it_was_declared_so(home: Path) -> None:
    running = start(home)

    assert not is_ready(running.endpoint_url)
    declare_ready(running.endpoint_url)
    assert is_ready(running.endpoint_url)


def test_staying_ends_with_a_sentence_when_the_emulator_dies(home: Path) -> None:
    running = start(home)
    threading.Timer(0.5, os.kill, (running.pid, signal.SIGKILL)).start()

    with pytest.raises(EmulatorError, match="ended by itself"):
        stay(running)


def test_every_verb_uses_the_region_of_the_running_emulator_and_refuses_another(home: Path) -> None:
    start(home, region="eu-west-1")

    assert Context(Options("outputs", home)).target.region == "eu-west-1"
    with pytest.raises(EmulatorError, match="in region us-east-1: it belongs to region eu-west-1"):
        _ = Context(Options("apply", home, region="us-east-1")).target


def test_another_python_than_the_emulators_may_read_and_not_deploy(home: Path) -> None:
    start(home)
    record = json.loads((home / "emulator.json").read_text())
    (home / "emulator.json").write_text(json.dumps({**record, "python": "2.7"}))
    context = Context(Options("apply", home))

    assert context.target.region == "us-east-1"
    with pytest.raises(EmulatorError, match=r"runs the handlers on Python 2\.7"):
        context.plan()
    (home / "emulator.json").write_text(json.dumps(record))


BORROW = """
import pathlib, sys, time
from stack.local import emulator_start
running = emulator_start(pathlib.Path(sys.argv[1]), 0, lent=sys.argv[2] == "lent", say=lambda _: None)
print(running.endpoint_url, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lent_emulator_ends_with_the_process_that_it_was_lent_to(home: Path, number: signal.Signals) -> None:
    with borrower(home, "lent") as owner:
        running = emulator_status(home)
        assert running
        make_table(running)
        owner.send_signal(number)

    assert soon(lambda: not processes_of(home))
    assert client(start(home), "dynamodb").list_tables()["TableNames"], "it saved its state first"


def test_an_emulator_that_is_not_lent_outlives_the_command_that_started_it(home: Path) -> None:
    with borrower(home, "for good") as owner:
        owner.kill()

    time.sleep(1.5)  # three times the interval in which a lent one would have noticed
    assert emulator_status(home)


@contextlib.contextmanager
def borrower(home: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has started an emulator."""
    command = [sys.executable, "-c", BORROW, str(home), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        assert owner.stdout.readline().startswith("http")
        yield owner


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_handler_sees_neither_the_users_home_nor_a_proxy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its AWS SDK would read profiles, endpoints and S3 settings in the first, and send its calls to the second."""
    with monkeypatch.context() as elsewhere:
        for variable in ("HTTP_PROXY", "http_proxy", "AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
            elsewhere.setenv(variable, "http://127.0.0.1:9")
        elsewhere.delenv("NO_PROXY", raising=False)
        running = start(home)
    source = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    function = make_function(running, "environment", source)
    answer = client(running, "lambda").invoke(FunctionName=function)["Payload"].read()

    seen = json.loads(answer)
    assert "127.0.0.1:9" not in answer.decode().replace(running.endpoint_url, "")
    assert seen["AWS_ENDPOINT_URL"] == running.endpoint_url
    assert seen["HOME"].startswith(str(home))


def test_an_address_that_cannot_be_listened_on_is_not_said_to_be_taken(home: Path) -> None:
    with pytest.raises(EmulatorError) as refusal:
        start(home, host="192.0.2.1")  # of a net that is reserved for examples (RFC 5737)

    assert "Cannot listen on 192.0.2.1:0: Cannot assign requested address" in str(refusal.value)
    assert "listens there" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root may become another user")
def test_a_port_of_root_is_refused_for_want_of_the_right(home: Path) -> None:
    """As a user without the right, on a kernel that asks for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
    command = [
        "setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service",
        sys.executable, "-c",
        "import pathlib, sys; from stack.local import emulator_start; emulator_start(pathlib.Path(sys.argv[1]), 81)",
        str(home),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Cannot listen on 127.0.0.1:81: Permission denied. Choose a port above 1023" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "small", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_disk_that_fills_up_while_it_runs_costs_the_last_data_only_and_is_reported(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.local.home.SPACE_MB", 1)
    home = small_disk / "home"
    running = start(home)
    make_table(running)
    snapshot(home)
    with contextlib.suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 4096)

    with pytest.raises(EmulatorError, match=r"Cannot take a snapshot .*No space left on device"):
        snapshot(home)
    with pytest.raises(EmulatorError, match=r"Cannot save the latest data .* whose disk has 0 MB left"):
        emulator_stop(home)
    assert "Traceback" not in running.log_path.read_text()

    (small_disk / "ballast").unlink()
    assert client(start(home), "dynamodb").list_tables()["TableNames"], "the snapshot before stays"
    emulator_stop(home)
