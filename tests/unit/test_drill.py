"""Drills without a target: names, confirmation, and a failure that cannot be repaired."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from stack.cli import drill_command
from stack.cli.context import Context
from stack.cli.options import Options
from stack.drill import alarm_clock, drill
from stack.drill.causes import fault_of
from stack.drill.drill import Result, Unrepaired
from stack.drill.faults import Fault
from stack.drill.listener import Listener
from stack.errors import StackError
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.watching.alarm_list import AlarmSpec, alarm_specs
from tests.unit.fake_clock import FakeClock
from tests.unit.test_topology import target

LOCAL, AWS = target(TargetKind.LOCAL), target(TargetKind.AWS)
SPECS = {each.key: each for each in alarm_specs(LOCAL)}


@pytest.mark.parametrize("wanted", ["dead_letters", "dead-letters", "expenses-dead-letters", "alarm.dead_letters"])
def test_an_alarm_has_its_key_its_name_and_its_address(wanted: str) -> None:
    assert [each.key for each in drill_command.chosen(LOCAL, wanted)] == ["dead_letters"]


def test_all_are_all() -> None:
    assert [each.key for each in drill_command.chosen(LOCAL, "all")] == list(SPECS)


@pytest.mark.parametrize(
    ("wanted", "advice"), [("dead-lettres", "Did you mean dead_letters?"), ("?", "Choose one of all, ")]
)
def test_an_unknown_alarm_is_refused(wanted: str, advice: str) -> None:
    with pytest.raises(StackError, match=f"^Cannot drill .*{advice[:20]}"):
        drill_command.chosen(LOCAL, wanted)


def test_each_alarm_has_a_cause_or_a_reason() -> None:
    without = [key for key, each in SPECS.items() if fault_of(LOCAL, each, "http://a") is None]
    assert without == [key for key, each in SPECS.items() if each.aws_only]


@pytest.mark.parametrize("confirm", [None, "other"])
def test_on_aws_a_drill_needs_the_name_of_the_stack(monkeypatch: pytest.MonkeyPatch, confirm: str | None) -> None:
    monkeypatch.setattr(drill_command, "drill", lambda *_: pytest.fail("it began"))
    options = Options(verb="drill", home=Path(), alarm="all", confirm=confirm)
    context: Any = SimpleNamespace(target=AWS, options=options)
    with pytest.raises(StackError, match=r"Pass --confirm expenses\.$"):
        drill_command.run(cast("Context", context))


@dataclass
class Told(Listener):
    """A listener that is told of states in turn; of ``stale`` ones before the drill."""

    states: list[str]
    record: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def alarm(self) -> str | None:
        return self.record[-1] if self.record else None

    def open(self, alarm: str) -> None:
        self.record.append(alarm)

    def name_alarm(self, alarm: str) -> None:
        self.record.append(alarm)

    def forget(self) -> None:
        self.stale.clear()

    def notifications(self) -> list[tuple[str, str]]:
        of = self.stale or self.states
        return [("expenses-dead-letters", of.pop(0))] if of else []

    def close(self) -> None:
        self.record.clear()


@dataclass
class Stuck(Fault):
    """A failure that cannot be repaired."""

    error: BaseException = field(default_factory=lambda: OSError("no way"))
    how: str = "breaks"

    def end(self) -> None:
        raise self.error


def drilled(monkeypatch: pytest.MonkeyPatch, listener: Told, fault: Fault, states: str = "OK") -> list[Result]:
    clock = FakeClock()
    monkeypatch.setattr("stack.clock.now", clock.now)
    monkeypatch.setattr("stack.clock.sleep", lambda seconds: clock.sleep(max(seconds, 1)))
    monkeypatch.setattr(drill, "Listener", lambda _: listener)
    monkeypatch.setattr(drill, "fault_of", lambda *_: fault)
    monkeypatch.setattr(drill, "_state", lambda *_: states)
    monkeypatch.setattr(alarm_clock, "_set", lambda *_: False)
    return list(drill.drill(LOCAL, [SPECS["dead_letters"]], "http://a"))


def test_a_drill_ends_with_the_recovery_and_leaves_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Told(["OK", "ALARM", "ALARM", "OK"])
    (result,) = drilled(monkeypatch, listener, Plain())
    assert (result.ok, listener.record) == (True, [])


class Plain(Fault):
    """A failure that repairs itself."""

    how = "breaks"


@pytest.mark.parametrize(
    ("states", "reason"), [([], "No notification arrived"), (["ALARM"], "It fired, and did not recover")]
)
def test_a_missing_notification_is_a_failure_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, states: list[str], reason: str
) -> None:
    listener = Told(states)
    (result,) = drilled(monkeypatch, listener, Plain())
    assert not result.ok
    assert result.reason.startswith(reason)
    assert listener.record == []


def test_a_notification_of_before_the_drill_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drill of another alarm may have fired this one, too."""
    (result,) = drilled(monkeypatch, Told([], stale=["ALARM", "OK"]), Plain())
    assert result.reason.startswith("No notification arrived")


def test_an_alarm_that_fires_already_is_not_drilled(monkeypatch: pytest.MonkeyPatch) -> None:
    (result,) = drilled(monkeypatch, Told([]), Stuck(), states="ALARM")
    assert result.reason == "It is in ALARM already: see docs/runbook.md#dead-letters"


def test_a_failure_that_cannot_be_repaired_is_told_and_stays_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Told(["ALARM"])
    with pytest.raises(Unrepaired, match=r"^Cannot repair .* dead_letters: OSError: no way\. Run `stack apply`\.$"):
        drilled(monkeypatch, listener, Stuck())
    assert listener.record[-1] == "dead_letters"


def test_an_interrupted_repair_stays_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Told(["ALARM"])
    with pytest.raises(Unrepaired, match=r"the repair was interrupted\. Run `stack apply`\.$"):
        drilled(monkeypatch, listener, Stuck(KeyboardInterrupt()))
    assert listener.record[-1] == "dead_letters"


def test_on_aws_a_drill_waits_until_the_alarm_has_recovered_from_the_drill_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    monkeypatch.setattr("stack.clock.now", clock.now)
    monkeypatch.setattr("stack.clock.sleep", clock.sleep)
    monkeypatch.setattr(drill, "_state", lambda *_: "ALARM" if len(clock.slept) < 200 else "OK")
    assert not drill._fires(AWS, "expenses-dead-letters")
    assert len(clock.slept) == 200


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


def test_a_drill_soon_after_another_waits_for_the_name_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, queues = FakeClock(), Queues(times=8)
    monkeypatch.setattr("stack.clock.now", clock.now)
    monkeypatch.setattr("stack.clock.sleep", clock.sleep)
    monkeypatch.setattr(Target, "client", lambda *_: queues)
    Listener(AWS).open("throttles")
    assert queues.created == 1
    assert clock.slept


def test_a_second_drill_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError, match="one of throttles runs, or was broken off"):
        drilled(monkeypatch, Told([], record=["throttles"]), Plain())


def test_the_next_apply_repairs_what_is_no_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    class Ended(Fault):
        how = ""

        def end(self) -> None:
            ended.append("end")

    def fault(_: Any, alarm: AlarmSpec, url: str) -> Fault:
        del url
        ended.append(alarm.key)
        return Ended()

    listener = Told([], record=["dead_letters"])
    monkeypatch.setattr(drill, "Listener", lambda _: listener)
    monkeypatch.setattr(drill, "fault_of", fault)
    monkeypatch.setattr(alarm_clock, "_set", lambda *_: False)
    assert drill.repair(LOCAL) == "dead_letters"
    assert (ended, listener.record) == (["dead_letters", "end"], [])
    assert drill.repair(LOCAL) is None
