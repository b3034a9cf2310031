"""The time that the provisioner waits by. Tests replace both functions, so that no test sleeps."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds of a clock that never goes back."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
