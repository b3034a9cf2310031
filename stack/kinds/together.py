"""Concurrent reads. Far from AWS, reads in sequence cost one round trip each; concurrent ones cost one in all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def together(*reads: Callable[[], Any]) -> list[Any]:
    """Run ``reads`` concurrently and return their results in order; raise the first error once all have ended."""
    with ThreadPoolExecutor(max(len(reads), 1)) as pool:
        return [future.result() for future in [pool.submit(read) for read in reads]]
