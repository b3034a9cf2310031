"""A clock that goes only while somebody sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class FakeClock:
    """``slept`` are the pauses in seconds, in order."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of the provisioner, replaced."""
    fake = FakeClock()
    monkeypatch.setattr("stack.clock.now", fake.now)
    monkeypatch.setattr("stack.clock.sleep", fake.sleep)
    return fake
