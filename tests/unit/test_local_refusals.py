"""Each file operation in the emulator's home that the system refuses becomes a sentence, never a traceback."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from stack.local import EmulatorError, emulator_start, emulator_status, emulator_stop, ready
from stack.local.failure import explained
from tests.unit.emulators import leave_record, stand_in

AUDITED = ("open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir", "shutil.rmtree", "subprocess.Popen")
MOST = 80
"""More operations than any command here makes."""


class Faults:
    """Lets the n-th operation on a folder fail; Python announces each to an audit hook (PEP 578)."""

    def __init__(self) -> None:
        self.folder, self.left, self.number = "", -1, 0
        sys.addaudithook(self._hook)  # a hook cannot be removed, so there is one, and it sleeps between tests

    def arm(self, folder: Path, nth: int, number: int) -> None:
        self.folder, self.left, self.number = str(folder), nth, number

    def disarm(self) -> bool:
        """Stop failing; whether the n-th operation was reached."""
        reached, self.folder = self.left < 0, ""
        return reached

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.folder or event not in AUDITED or self.folder not in str(arguments):
            return
        self.left -= 1
        if self.left == -1:
            raise OSError(self.number, os.strerror(self.number), str(arguments[0]))


FAULTS = Faults()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    yield
    FAULTS.disarm()


def refusals(home: Callable[[], Path], command: Callable[[Path], object], number: int) -> list[str]:
    """Let each operation of a command on a home fail in turn; the messages. A traceback fails the test."""
    messages: list[str] = []
    for nth in range(MOST):
        folder = home()
        FAULTS.arm(folder, nth, number)
        try:
            command(folder)
        except EmulatorError as error:
            messages.append(str(error))
        if not FAULTS.disarm():
            return messages[:-1] if messages else []
    pytest.fail(f"more than {MOST} operations")


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_a_start_explains_each_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    stand_in(monkeypatch, tmp_path, "import sys; sys.exit('started')")
    home = tmp_path / "home"

    def used() -> Path:
        shutil.rmtree(home, ignore_errors=True)
        leave_record(home, pid=4242)
        for name in ("tmp", "state"):
            (home / name).mkdir()
        (home / "emulator.log").touch()
        (home / "region").write_text("us-east-1")
        return home

    messages = refusals(used, lambda folder: emulator_start(folder, 0, say=lambda _: None), number)

    explained = [message for message in messages if os.strerror(number) in message]
    assert len(explained) >= 10, messages
    for message in explained:
        assert message.startswith("Cannot ")
        assert message.endswith("STACK_HOME=<folder>.")
    # In all other cases the system's refusal was of no consequence, and the emulator was launched.
    assert all("its process ended with exit code" in message for message in set(messages) - set(explained))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("command", [emulator_status, lambda home: emulator_stop(home, say=lambda _: None)])
def test_status_and_stop_explain_each_refusal(tmp_path: Path, number: int, command: Callable[[Path], object]) -> None:
    def used() -> Path:
        leave_record(tmp_path / "home", pid=4242)
        (tmp_path / "home" / "emulator.lock").touch()
        return tmp_path / "home"

    messages = refusals(used, command, number)

    assert messages
    assert all(os.strerror(number) in message for message in messages)


def test_the_health_check_of_a_container_gives_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_HOME", str(tmp_path))
    FAULTS.arm(tmp_path, 0, errno.EACCES)

    assert "Permission denied" in (ready.why_not() or "")


def test_a_home_that_is_a_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(EmulatorError, match=r"Cannot write to the home folder .*file.*Remove the file.*STACK_HOME"):
            emulator_start(home, 0)
        assert emulator_status(home) is None
        assert emulator_stop(home) is False


def test_a_disk_without_room_is_reported_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12 * 10**6))

    with pytest.raises(EmulatorError, match=r"has 12 MB left, and a running stack takes 200 MB.*STACK_HOME"):
        emulator_start(tmp_path / "home", 0)

    assert not (tmp_path / "home" / "version.json").exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)

    with pytest.raises(EmulatorError, match=r"Cannot lock the home folder .*Use a folder on a local disk"):
        emulator_start(tmp_path / "home", 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["unreadable", "read-only"])
def test_a_home_of_root_is_refused_to_another_user_in_a_sentence(mode: int) -> None:
    """With the system's own refusals, where the tests run as root: in a child that has given up being root."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        home = Path(folder, "home")
        home.mkdir()
        home.chmod(mode)

        assert as_nobody(lambda: emulator_start(home, 0)).startswith("Cannot write to the home folder")
        if mode == 0o700:
            assert "Permission denied" in as_nobody(lambda: emulator_stop(home))


def as_nobody(command: Callable[[], object]) -> str:
    """Run a command in a child process of the user nobody; the message of its refusal."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.setgid(65534)
        os.setuid(65534)
        try:
            command()
            os.write(writing, b"nothing was refused")
        except BaseException as error:  # noqa: BLE001 (the child must not go on as a second test run)
            os.write(writing, (str(error) if isinstance(error, EmulatorError) else repr(error)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        message = answer.read()
    os.waitpid(child, 0)
    return message


def test_every_error_of_the_system_has_a_cause_and_a_next_step() -> None:
    for number in errno.errorcode:
        with pytest.raises(EmulatorError) as failure, explained("open the box", "take another one"):
            raise OSError(number, os.strerror(number), "/box")

        cause = f"Cannot open the box: {os.strerror(number)} (/box). "
        assert str(failure.value).startswith(cause)
        assert str(failure.value).removeprefix(cause) == "Take another one." or " or take another" in str(failure.value)
