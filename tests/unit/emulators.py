"""Stand-ins for the emulator's process, for tests that start no real one."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.local import launch, start

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


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a start launch `script` where it would launch the emulator."""
    (tmp_path / "serve.py").write_text(script)
    monkeypatch.setattr(launch, "EMULATOR", tmp_path)
    monkeypatch.setattr(launch, "emulator_environment", lambda: type("Own", (), {"python": sys.executable}))
    monkeypatch.setattr(start, "in_use", lambda environments, say: contextlib.nullcontext(()))


@contextlib.contextmanager
def stubborn(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the home and ignores SIGTERM."""
    lock = str(home / "emulator.lock")
    with subprocess.Popen([sys.executable, "-c", STUBBORN, lock], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()
