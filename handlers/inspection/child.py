"""Inspect a file in a process of its own: what it does to its decoder, it does to nothing else.

A decoder that crashes, runs on or takes all memory ends that process, and the file is rejected.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from handlers.contract.receipt import ContentType
from handlers.inspection.verdict import SECONDS, Facts, Unacceptable

COMMAND = ("-m", "handlers.inspection")
WALL = SECONDS + 5
"""Seconds by the clock, for a process that sleeps; one that computes ends by its own limit before."""
EXHAUSTED = frozenset({-signal.SIGXCPU, -signal.SIGKILL})
"""Ends by a limit, ours or the system's."""


class InspectionError(RuntimeError):
    """The process did not come as far as the file: another try may."""


def inspect_apart(data: bytes, declared: ContentType) -> Facts:
    """The facts of a file, found by another process within the limits.

    Raises:
        Unacceptable: for whatever is wrong with the file.
        InspectionError: the process did not start.
    """
    command = [sys.executable, *COMMAND, declared]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WALL, env=_environment(), check=False)
    except subprocess.TimeoutExpired as error:
        raise Unacceptable("too_complex") from error
    ready, _, rest = done.stdout.partition(b"\n")
    if ready != b"ready":
        raise InspectionError(f"the inspecting process ended with {done.returncode} before it was ready")
    line, ended, thumbnail = rest.partition(b"\n")
    if not ended:
        raise Unacceptable("too_complex" if done.returncode in EXHAUSTED else "undecodable")
    answer = json.loads(line)
    if "reason" in answer:
        raise Unacceptable(answer["reason"])
    return Facts(**answer, thumbnail=thumbnail or None)


def _environment() -> dict[str, str]:
    """Where our code and the layers are; and nothing of ours besides, least of all credentials."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "LANG", "TZ") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "2"}
