"""A drill without an emulator: what it does when the repair, the queue or another drill is in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack.drill import drill as module
from stack.drill.causes import UNPROVOKED
from stack.drill.drill import Unrepaired, drill
from stack.drill.faults import Fault
from stack.drill.listener import Listener
from stack.errors import StackError
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.watching.alarm_list import alarm_specs
from tests.unit.fake_clock import FakeClock, clock
from tests.unit.test_topology import target

__all__ = ["clock"]

AT = target(TargetKind.AWS)
ALARMS = {each.key: each for each in alarm_specs(AT)}
THROTTLES = ALARMS["throttles"]
NAME = AT.named(THROTTLES.anchor)


@dataclass
class Told(Listener):
    """A listener whose notifications are given. ``stale`` arrived before the drill."""

    said: list[tuple[str, str]] = field(default_factory=list)
    stale: list[tuple[str, str]] = field(default_factory=list)
    record: str | None = None

    def alarm(self) -> str | None:
        return self.record

    def open(self, alarm: str) -> None:
        self.record = alarm

    def name_alarm(self, alarm: str) -> None:
        self.record = alarm

    def forget(self) -> None:
        self.stale.clear()

    def notifications(self) -> list[tuple[str, str]]:
        of = self.stale or self.said
        return [of.pop(0)] if of else []

    def close(self) -> None:
        self.record = None


@dataclass
class Broken(Fault):
    """A failure whose repair does as told."""

    how: str = "breaks something"
    ends: Callable[[], None] = lambda: None

    def end(self) -> None:
        self.ends()


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Told:
    told = Told(said=[(NAME, "ALARM"), (NAME, "OK")])
    monkeypatch.setattr(module, "Listener", lambda _: told)
    monkeypatch.setattr(module, "_state", lambda *_: "OK")
    return told


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    def use(ends: Callable[[], None]) -> None:
        monkeypatch.setattr(module, "fault_of", lambda *_: Broken(ends=ends))

    return use


def fire() -> list[module.Result]:
    return list(drill(AT, [THROTTLES], "https://api.example/v1"))


def test_a_drill_tells_both_times_and_forgets_itself(listener: Told, breaks: Any) -> None:
    breaks(lambda: None)
    (result,) = fire()
    assert (result.ok, result.reason) == (True, "")
    assert listener.record is None


@pytest.mark.parametrize(("error", "cause"), [(KeyboardInterrupt(), "interrupted"), (ValueError("no"), "ValueError")])
def test_a_repair_that_fails_keeps_the_record_of_the_drill(
    listener: Told, breaks: Any, error: BaseException, cause: str
) -> None:
    def fails() -> None:
        raise error

    breaks(fails)
    with pytest.raises(Unrepaired, match=rf"^Cannot repair .* throttles: .*{cause}.* Run `stack apply`\.$"):
        fire()
    assert listener.record == "throttles"


def test_a_notification_of_before_the_drill_does_not_count(listener: Told, breaks: Any) -> None:
    breaks(lambda: None)
    listener.stale, listener.said = [(NAME, "ALARM"), (NAME, "OK")], []
    (result,) = fire()
    assert not result.ok
    assert result.reason.startswith("No notification arrived within")


def test_an_alarm_that_fires_already_is_not_drilled(
    listener: Told, breaks: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On AWS the drill waits as long as the failure of the drill before takes to pass."""
    breaks(lambda: None)
    monkeypatch.setattr(module, "_state", lambda *_: "ALARM")
    (result,) = fire()
    assert result.reason == "It is in ALARM already: see docs/runbook.md#throttles"
    assert sum(clock.slept) >= module.SLACK_SECONDS


def test_a_second_drill_does_not_begin(listener: Told) -> None:
    listener.record = "dead_letters"
    with pytest.raises(StackError, match=r"^Cannot begin a drill: one of dead_letters runs"):
        fire()
    assert listener.record == "dead_letters"


def test_an_alarm_that_nobody_can_fire_says_so(listener: Told) -> None:
    (result,) = drill(AT, [ALARMS["table_errors"]], "")
    assert (result.ok, result.impossible, result.reason) == (False, True, UNPROVOKED)


class Queues:
    """SQS, which refuses the name of a deleted queue ``times`` times; and SNS."""

    def __init__(self, times: int) -> None:
        self.times, self.created = times, 0

    def create_queue(self, **_: Any) -> None:
        self.times -= 1
        if self.times >= 0:
            raise ClientError({"Error": {"Code": "QueueDeletedRecently", "Message": "wait"}}, "CreateQueue")
        self.created += 1

    def subscribe(self, **_: Any) -> None:
        assert self.created


def test_a_drill_soon_after_another_waits_for_the_name_of_the_queue(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues = Queues(times=8)
    monkeypatch.setattr(Target, "client", lambda *_: queues)
    Listener(AT).open("throttles")
    assert queues.created == 1
    assert clock.slept
