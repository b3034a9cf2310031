"""Launch the emulator's process, and wait until it answers or explain why it ended."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from stack.local import health
from stack.local.environments import EMULATOR, PROJECT, emulator_environment, handlers_python
from stack.local.failure import ANOTHER_HOME, EmulatorError, explained, remedy
from stack.local.home import Home
from stack.local.running import Running, describe

START_SECONDS = 60.0
CANNOT_START, CANNOT_LISTEN, HOME_IN_USE, PORT_TAKEN = 71, 72, 73, 98
"""Exit codes of `stack/local/emulator/serve.py` after which the last line of its log is a sentence."""
SENTENCE = re.compile(r"\[Errno (-?\d+)\] (Cannot .*)")
"""That last line, as `serve.py` writes it."""
ANOTHER_PORT = "Choose a port above 1023 with `--port` or STACK_PORT, or 0 for a free one"
INHERITED = ("PATH", "USER", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""The variables of our shell that the emulator gets, and with it every handler. No more, so that nothing leaks in."""


@dataclass(frozen=True)
class Launch:
    """Settings of one run. `lent`: it ends with the process that launches it."""

    host: str
    port: int
    region: str
    stock: bool
    snapshot_seconds: float
    lent: bool


def launch(place: Home, settings: Launch, environments: tuple[int, ...]) -> Running:
    """Start the process and return it once it answers. It inherits ``environments``, the locks on what it runs from.

    Raises:
        EmulatorError: it ended before it answered, or does not answer in time.
    """
    nonce = secrets.token_hex(16)
    with explained(f"start the emulator in {place.path}", ANOTHER_HOME):
        with contextlib.suppress(FileNotFoundError):
            place.log.replace(place.log.with_suffix(".log.1"))
        with place.log.open("w") as log:
            process = subprocess.Popen(
                _command(place, settings, nonce),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_variables(place),
                start_new_session=True,
                pass_fds=environments,
            )
    return _await(place, process, nonce, settings.port)


def wait_for_answer(place: Home, seconds: float) -> Running | None:
    """Wait for the emulator that holds the home; None when it does not answer, or releases the home."""
    deadline = time.monotonic() + seconds
    while place.held() and time.monotonic() < deadline:
        record = place.record()
        answer = health.ask(record.endpoint_url) if record else None
        if record and answer and answer.nonce == record.nonce:
            return describe(place, record, answer, reused=True)
        time.sleep(0.05)
    return None


def port_taken(port: int) -> EmulatorError:
    """Return the refusal of a port on which a program listens, naming the home if it is an emulator of this project."""
    other = health.ask(f"http://127.0.0.1:{port}")
    by = f"the emulator of another home, {other.home}," if other else "another program"
    return EmulatorError(
        f"Cannot start the emulator on port {port}: {by} listens there. "
        "Choose another port with `--port` or STACK_PORT (0 for a free one), or stop that program."
    )


def _command(place: Home, settings: Launch, nonce: str) -> list[str]:
    return [
        str(emulator_environment().python), str(EMULATOR / "serve.py"),
        "--home", str(place.path), "--host", settings.host, "--port", str(settings.port), "--nonce", nonce,
        "--region", settings.region, "--handlers-python", str(handlers_python()), "--unpacked", str(_unpacked(place)),
        "--snapshot-seconds", str(settings.snapshot_seconds),
        *(["--owner-pid", str(os.getpid())] if settings.lent else []),
        *(["--stock"] if settings.stock else []),
    ]  # fmt: skip


def _unpacked(place: Home) -> Path:
    """The folder of unpacked zips: beside the built ones, or in the home where the project may only be read."""
    shared = PROJECT / ".builds" / "unpacked"
    with contextlib.suppress(OSError):
        shared.mkdir(parents=True, exist_ok=True)
    return shared if os.access(shared, os.W_OK) else place.path / "tmp" / "unpacked"


def _variables(place: Home) -> dict[str, str]:
    """Return the environment of the emulator, and so of every handler: as in Lambda, whatever this machine has.

    Without the user's home folder, whose AWS configuration the handlers' SDK would read, and without a proxy: some
    systems have one even where no variable names it.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    lambda_runtime = {"LANG": "en_US.UTF-8", "TZ": "UTC", "PYTHONUTF8": "1"}
    return {**inherited, **lambda_runtime, "HOME": str(place.path / "tmp"), "NO_PROXY": "*", "no_proxy": "*"}


def _await(place: Home, process: subprocess.Popen[bytes], nonce: str, port: int) -> Running:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (code := process.poll()) is not None:
            raise _ended(place, code, port)
        record = place.record()
        if record is not None and record.nonce == nonce:
            answer = health.ask(record.endpoint_url, seconds=START_SECONDS)
            if answer is not None:
                return describe(place, record, answer, reused=False)
        time.sleep(0.005)
    process.terminate()
    raise EmulatorError(
        f"Cannot start the emulator in {place.path}: it did not answer within {START_SECONDS:.0f} s. "
        f"Its log is {place.log}."
    )


def _ended(place: Home, code: int, port: int) -> EmulatorError:
    """Return the reason why the process ended while it was starting."""
    if code == PORT_TAKEN:
        return port_taken(port)
    if code == HOME_IN_USE:
        return EmulatorError(f"{place.last_lines(1)} Try again, or {ANOTHER_HOME}.")
    found = SENTENCE.fullmatch(place.last_lines(1))
    if found and code == CANNOT_LISTEN:
        return EmulatorError(f"{found[2]} {ANOTHER_PORT}.")
    if found and code == CANNOT_START:
        return EmulatorError(f"{found[2]} {remedy(int(found[1]), ANOTHER_HOME)}")
    return EmulatorError(
        f"Cannot start the emulator in {place.path}: its process ended with exit code {code}. "
        f"Its log, {place.log}, ends with:\n{place.last_lines()}"
    )
