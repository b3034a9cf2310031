"""Reads that do not need each other's answers, made at once: far from AWS each level of them costs one call's time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def together(*reads: Callable[[], Any]) -> list[Any]:
    """What each of ``reads`` returns, in their order; once all have ended, the first error there was."""
    with ThreadPoolExecutor(max(len(reads), 1)) as pool:
        return [future.result() for future in [pool.submit(read) for read in reads]]
