"""The settings in which one stack may differ from another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """``rate`` in requests a second, ``burst`` in requests, ``retention`` of the logs in days."""

    web_origin: str
    rate: float = 1000
    burst: int = 2000
    retention: int = 30
    log_level: str = "INFO"
