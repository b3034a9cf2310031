"""The speed of the embedded emulator's alarms: in a drill a period of a minute passes in a second."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stack.target.target_kind import TargetKind

if TYPE_CHECKING:
    from stack.target.target import Target

FAST, NORMAL = 60, 1


@contextmanager
def hastened(target: Target) -> Iterator[int]:
    """Let the alarms' clock run fast; the speed is that of real time where the target has no such clock."""
    speed = FAST if _set(target, FAST) else NORMAL
    try:
        yield speed
    finally:
        reset(target)


def reset(target: Target) -> None:
    """Let the alarms' clock run as fast as time does."""
    _set(target, NORMAL)


def _set(target: Target, speed: int) -> bool:
    if target.kind is not TargetKind.LOCAL:
        return False
    request = urllib.request.Request(  # noqa: S310 (the endpoint was checked)
        f"{target.endpoint_url}/_stack/alarm-clock?speed={speed}", method="POST"
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False
