"""Start, find, snapshot and stop the embedded emulator: one process a home, reused when it already runs."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack.local import data_version, health
from stack.local.environments import (
    EMULATOR,
    PROJECT,
    emulator_environment,
    ensure_environments,
    handlers_python,
)
from stack.local.failure import EmulatorError
from stack.local.home import Home, Record

DEFAULT_PORT = 4566
START_SECONDS = 60.0
STOP_SECONDS = 30.0
PORT_TAKEN = 98
INHERITED = ("PATH", "HOME", "USER", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""All that the emulator, and so every handler, gets of our shell: a proxy or a log level would leak in.
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Running:
    """An emulator that answers. `reused`: it ran before it was asked for. `started`: seconds since the
    epoch.
    """

    endpoint_url: str
    port: int
    pid: int
    home: Path
    log_path: Path
    region: str
    version: str
    stock: bool
    patches: tuple[str, ...]
    snapshot: int | None
    started: float
    reused: bool


def default_home() -> Path:
    """`$STACK_HOME`, or `.stack` in the project."""
    return Path(os.environ.get("STACK_HOME") or PROJECT / ".stack").absolute()


def emulator_start(
    home: Path,
    port: int = DEFAULT_PORT,
    *,
    stock: bool = False,
    fresh: bool = False,
    host: str = "127.0.0.1",
    region: str = "us-east-1",
    snapshot_seconds: float = 120.0,
    say: Say = print,
) -> Running:
    """The home's emulator, started unless it runs; when this returns it answers.

    `port` 0 picks a free one. `stock`, or STACK_STOCK=1, runs MiniStack without our patches; `fresh` forgets
    the home's data (and stops a running emulator to do so). `host` is another address than loopback only
    inside a container.

    Raises:
        EmulatorError: the home cannot be written to, has no room or a newer version wrote it, the port is taken,
            or the emulator does not start.
    """
    stock = stock or os.environ.get("STACK_STOCK") == "1"
    place = Home(home.absolute())
    place.prepare()
    with place.turn():
        if place.held():
            if not fresh:
                return _reusable(place, port, stock=stock)
            emulator_stop(home, say=say)
        elif (dead := place.record()) is not None:
            _say_it_died(dead, fresh=fresh, say=say)
        if port and health.taken(host, port):
            raise _port_taken(port)
        ensure_environments(say)
        if fresh:
            place.wipe()
        else:
            data_version.refuse_newer(place.path)
        place.make_room()
        data_version.sign(place.path)
        return _launch(place, host, port, region=region, stock=stock, snapshot_seconds=snapshot_seconds)


def emulator_status(home: Path) -> Running | None:
    """The home's emulator, or None when none runs."""
    place = Home(home.absolute())
    record = place.record()
    if record is None or not place.held():
        return None
    return _described(place, record, health.ask(record.endpoint_url), reused=True)


def snapshot(home: Path) -> int:
    """Have the running emulator write its state; the snapshot's number, once it is on disk.

    Raises:
        EmulatorError: no emulator runs, or it took no snapshot.
    """
    running = emulator_status(home)
    if running is None:
        raise EmulatorError(f"Cannot take a snapshot: no emulator runs in {home}. Start one with `stack up`.")
    try:
        status, document = health.request_snapshot(running.endpoint_url)
    except OSError as error:
        raise EmulatorError(f"Cannot take a snapshot: {running.endpoint_url} did not answer ({error}).") from error
    if status != 200:  # noqa: PLR2004
        raise EmulatorError(f"Cannot take a snapshot of {running.endpoint_url}: {document.get('detail')}")
    return int(document["snapshot"])


def emulator_stop(home: Path, *, say: Say = print) -> bool:
    """Stop the home's emulator after it saved its state; False when none ran.

    Raises:
        EmulatorError: something holds the home that cannot be told to stop.
    """
    place = Home(home.absolute())
    record = place.record()
    if not place.held():
        if record is not None:
            _say_it_died(record, fresh=False, say=say)
            place.record_path.unlink(missing_ok=True)
        return False
    if record is None or not _is_alive(record.pid):
        raise EmulatorError(
            f"An emulator works in {place.path} but left no record of its process. If it is just starting, "
            f"try again; otherwise find the process that holds {place.path / 'emulator.lock'} and end it."
        )
    _end(place, record, signal.SIGTERM)
    if not _released(place, STOP_SECONDS):
        say(f"The emulator (process {record.pid}) did not stop within {STOP_SECONDS:.0f} s; killing it. "
            "Its last snapshot stays.")  # fmt: skip
        _end(place, record, signal.SIGKILL)
        _released(place, STOP_SECONDS)
    place.record_path.unlink(missing_ok=True)
    return True


def _launch(place: Home, host: str, port: int, *, region: str, stock: bool, snapshot_seconds: float) -> Running:
    nonce = secrets.token_hex(16)
    command = [
        str(emulator_environment().python), str(EMULATOR / "serve.py"),
        "--home", str(place.path), "--host", host, "--port", str(port), "--nonce", nonce, "--region", region,
        "--handlers-python", str(handlers_python()), "--snapshot-seconds", str(snapshot_seconds),
        *(["--stock"] if stock else []),
    ]  # fmt: skip
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # As in Lambda, whatever the developer's machine has: AWS's own runtimes say so.
    environment.update(LANG="en_US.UTF-8", TZ="UTC", PYTHONUTF8="1")
    with contextlib.suppress(FileNotFoundError):
        place.log.replace(place.log.with_suffix(".log.1"))
    with place.log.open("w") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    return _await(place, process, nonce, port)


def _await(place: Home, process: subprocess.Popen[bytes], nonce: str, port: int) -> Running:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        code = process.poll()
        if code == PORT_TAKEN:
            raise _port_taken(port)
        if code is not None:
            raise EmulatorError(
                f"The emulator ended while it was starting (exit code {code}). "
                f"Its log, {place.log}, ends with:\n"
                f"{place.last_words()}"
            )
        record = place.record()
        if record is not None and record.nonce == nonce:
            answer = health.ask(record.endpoint_url, seconds=START_SECONDS)
            if answer is not None:
                return _described(place, record, answer, reused=False)
        time.sleep(0.005)
    process.terminate()
    raise EmulatorError(f"The emulator did not answer within {START_SECONDS:.0f} s. Its log is {place.log}.")


def _described(place: Home, record: Record, answer: health.Health | None, *, reused: bool) -> Running:
    return Running(
        endpoint_url=record.endpoint_url,
        port=record.port,
        pid=record.pid,
        home=place.path,
        log_path=place.log,
        region=record.region,
        version=record.version,
        stock=record.stock,
        patches=answer.patches if answer else (),
        snapshot=answer.snapshot if answer else None,
        started=record.started,
        reused=reused,
    )


def _reusable(place: Home, port: int, *, stock: bool) -> Running:
    """The emulator that holds the home, once it answers.

    Raises:
        EmulatorError: it does not answer, or runs on another port or in another mode than is wanted now.
    """
    deadline = time.monotonic() + START_SECONDS
    while place.held() and time.monotonic() < deadline:
        record = place.record()
        answer = health.ask(record.endpoint_url) if record else None
        if record and answer and answer.nonce == record.nonce:
            _refuse_another(record, port, stock=stock)
            return _described(place, record, answer, reused=True)
        time.sleep(0.05)
    raise EmulatorError(
        f"The emulator that works in {place.path} does not answer. Stop it with `stack down` and try again; "
        f"its log is {place.log}."
    )


def _refuse_another(record: Record, port: int, *, stock: bool) -> None:
    if port not in {0, record.port}:
        raise EmulatorError(
            f"This home's emulator already runs, on port {record.port} and not on {port}. Use that one, "
            "stop it with `stack down`, or run a second stack from another home: STACK_HOME=<folder>."
        )
    if stock != record.stock:
        mode = "without" if record.stock else "with"
        raise EmulatorError(f"The emulator already runs {mode} our patches. Stop it with `stack down` first.")


def _port_taken(port: int) -> EmulatorError:
    other = health.ask(f"http://127.0.0.1:{port}")
    by = f"the emulator of another home, {other.home}" if other else "another program"
    return EmulatorError(
        f"Cannot start the emulator on port {port}: {by} listens there. "
        f"Choose another port with `--port {port + 1}` or STACK_PORT={port + 1}, or stop that program."
    )


def _say_it_died(record: Record, *, fresh: bool, say: Say) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.started))
    data = "" if fresh else " What its last snapshot holds is still there."
    say(f"The emulator started at {since} (process {record.pid}) ended without stopping cleanly.{data}")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end(place: Home, record: Record, number: signal.Signals) -> None:
    """Signal the process of the record, unless the home was let go meanwhile: its number may be another's by
    then.
    """
    if place.held() and place.record() == record:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _released(place: Home, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not place.held():
            return True
        time.sleep(0.01)
    return False
