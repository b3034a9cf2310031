"""Starting the emulator where something is in the way. Nothing here starts a real one."""

from __future__ import annotations

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.local import EmulatorError, data_version, emulator_start, start
from stack.local.home import Home
from tests.unit.emulators import leave_record, stand_in, stubborn


@pytest.fixture
def foreign_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_port_that_another_program_has_is_named_with_the_way_out(tmp_path: Path, foreign_port: int) -> None:
    with pytest.raises(EmulatorError) as refusal:
        emulator_start(tmp_path, foreign_port)

    assert f"port {foreign_port}: another program listens there" in str(refusal.value)
    assert "--port" in str(refusal.value)


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_does_not_exist_is_refused_before_anything_is_made(tmp_path: Path, port: int) -> None:
    with pytest.raises(EmulatorError, match=f"Cannot listen on port {port}: there are only the ports 1 to 65535"):
        emulator_start(tmp_path / "home", port)

    assert not (tmp_path / "home").exists()


def test_a_port_without_the_right_to_it_is_not_said_to_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    script = "import sys; print('[Errno 13] Cannot listen on 127.0.0.1:80: Permission denied.', file=sys.stderr)"
    stand_in(monkeypatch, tmp_path, f"{script}; sys.exit(72)")

    with pytest.raises(EmulatorError) as refusal:
        emulator_start(tmp_path / "home", free_port)

    assert "127.0.0.1:80: Permission denied. Choose a port above 1023" in str(refusal.value)
    assert "another program" not in str(refusal.value)


def test_a_refusal_of_the_system_during_the_start_is_passed_on_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import sys; print('[Errno 28] Cannot make the folder /x: No space left on device.', file=sys.stderr)"
    stand_in(monkeypatch, tmp_path, f"{script}; sys.exit(71)")

    with pytest.raises(EmulatorError) as refusal:
        emulator_start(tmp_path / "home", 0)

    assert str(refusal.value) == (
        "Cannot make the folder /x: No space left on device. "
        "Make room on that disk, or choose another home with STACK_HOME=<folder>."
    )


def test_the_last_lines_of_an_emulator_that_ended_too_early_are_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "import sys; sys.exit('no luck today')")

    with pytest.raises(EmulatorError, match=r"(?s)its process ended with exit code 1\..*no luck today"):
        emulator_start(tmp_path / "home", 0)


def test_a_port_that_is_taken_at_the_last_moment_is_still_a_port_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    stand_in(monkeypatch, tmp_path, "import sys; sys.exit(98)")

    with pytest.raises(EmulatorError, match=f"on port {free_port}: another program"):
        emulator_start(tmp_path / "home", free_port)


def test_the_shell_of_the_developer_does_not_leak_into_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "import json, os, sys; sys.exit(json.dumps(dict(os.environ)))")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")

    with pytest.raises(EmulatorError) as failure:
        emulator_start(tmp_path / "home", 0)

    seen = json.loads(str(failure.value).splitlines()[-1])
    assert not {"HTTP_PROXY", "AWS_PROFILE", "PYTHONPATH"} & seen.keys()
    assert seen["HOME"] == str(tmp_path / "home" / "tmp"), "the user's home has an AWS configuration"
    assert seen["NO_PROXY"] == seen["no_proxy"] == "*"


def test_a_process_that_died_is_mentioned_before_a_new_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "import sys; sys.exit('started again')")
    leave_record(tmp_path / "home", pid=4242)
    said: list[str] = []

    with pytest.raises(EmulatorError, match="started again"):
        emulator_start(tmp_path / "home", 0, say=said.append)

    assert "process 4242) ended without stopping cleanly" in said[0]


def test_a_holder_that_never_answers_is_reported_and_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "START_SECONDS", 0.2)
    with stubborn(tmp_path) as holder:
        leave_record(tmp_path, pid=holder.pid)

        with pytest.raises(EmulatorError, match=r"does not answer\. Stop it with `stack down`"):
            emulator_start(tmp_path, 0)


def test_data_of_another_region_is_refused_and_the_same_region_or_none_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "import sys; sys.exit(' '.join(sys.argv))")
    home = tmp_path / "home"
    for region in ("eu-west-1", "eu-west-1", None):
        with pytest.raises(EmulatorError, match="--region eu-west-1"):
            emulator_start(home, 0, region=region)

    with pytest.raises(EmulatorError) as refusal:
        emulator_start(home, 0, region="us-east-1")
    assert f"Cannot use the home folder {home} in region us-east-1: it belongs to region eu-west-1" in str(
        refusal.value
    )

    with pytest.raises(EmulatorError, match="--region us-east-1"):
        emulator_start(home, 0, region="us-east-1", fresh=True)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(
            {"nonce": "n", "pid": 1, "home": "/h", "region": "us-east-1", "started": 0, "version": "1", "stock": False,
             "patches": [], "snapshot": 1, "of_a_later_version": True}
        ).encode()  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A home that a process holds, and at whose address an emulator answers."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server, stubborn(tmp_path) as holder:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        leave_record(tmp_path, pid=holder.pid, port=server.server_address[1], python="2.7")
        yield tmp_path
        server.shutdown()
        thread.join()


def test_a_running_emulator_of_another_region_is_refused(running: Path) -> None:
    with pytest.raises(EmulatorError, match="in region eu-west-1: it belongs to region us-east-1"):
        emulator_start(running, 0, region="eu-west-1")


def test_a_running_emulator_of_another_python_is_refused(running: Path) -> None:
    """Its handlers could not import a layer that is built for this Python."""
    with pytest.raises(EmulatorError, match=r"runs the handlers on Python 2\.7"):
        emulator_start(running, 0)


def test_a_record_of_another_version_of_the_project_is_read_as_far_as_it_is_known(running: Path) -> None:
    """An upgrade, or a step back, under a running emulator must not make it unstoppable."""
    document = json.loads((running / "emulator.json").read_text())
    del document["python"]
    (running / "emulator.json").write_text(json.dumps({**document, "of_a_later_version": True}))

    assert emulator_start(running, 0).reused


def test_data_of_a_newer_version_are_refused_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "in_use", lambda environments, say: pytest.fail("an environment was asked for"))
    (tmp_path / "version.json").write_text(json.dumps({"project": "99.0.0", "ministack": "99.0.0"}))

    with pytest.raises(EmulatorError, match=r"it was written by version 99\.0\.0"):
        emulator_start(tmp_path, 0)

    assert not (tmp_path / "emulator.log").exists()
    assert data_version.DataVersion(**json.loads((tmp_path / "version.json").read_text())).project == "99.0.0"


def test_a_fresh_start_leaves_files_that_are_not_data(tmp_path: Path) -> None:
    leave_record(tmp_path, pid=os.getpid())
    (tmp_path / "state").mkdir()
    (tmp_path / "notes.txt").touch()

    Home(tmp_path).wipe()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]
