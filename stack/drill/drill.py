"""One drill: from the failure to the notification, and from the repair to the recovery."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stack import clock
from stack.drill import alarm_clock
from stack.drill.alarm_clock import hastened
from stack.drill.causes import UNPROVOKED, fault_of
from stack.drill.faults import Fault
from stack.drill.listener import Listener
from stack.errors import StackError, sentence
from stack.topology.watching.alarm_list import AlarmSpec, alarm_specs

if TYPE_CHECKING:
    from stack.target.target import Target

PERIOD_SECONDS = 60
SLACK_SECONDS = 300
"""Added to the periods of an alarm: CloudWatch gets some metrics minutes late."""
PAUSE_SECONDS = 5
"""Between two causes on AWS; an emulator needs none but the wait for a notification."""
EASE_SECONDS = 10
"""On an emulator: the time until a failure of before the drill has passed, which may be another drill's."""
FIRED, RECOVERED = "ALARM", "OK"


class Unrepaired(StackError):  # noqa: N818 (named for what remains)
    """A failure that a drill caused is still there."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a drill, with times in seconds: from the failure to the notification, from the repair to the next.

    ``reason`` is empty when the alarm fired and recovered.
    """

    alarm: str
    how: str
    notified_seconds: float | None = None
    recovered_seconds: float | None = None
    reason: str = ""
    impossible: bool = False

    @property
    def ok(self) -> bool:
        return self.recovered_seconds is not None


def drill(target: Target, alarms: Sequence[AlarmSpec], url: str) -> Iterator[Result]:
    """Fire one alarm after the other.

    Raises:
        StackError: another drill runs, or was broken off.
    """
    listener = Listener(target)
    if (other := listener.alarm()) is not None:
        raise StackError(
            f"Cannot begin a drill: one of {other} runs, or was broken off. "
            "Wait for its end, or repair it with `stack apply`."
        )
    with _listening(listener, alarms), hastened(target):
        for alarm in alarms:
            fault = fault_of(target, alarm, url)
            if fault is None:
                yield Result(alarm.key, "", reason=UNPROVOKED, impossible=True)
            else:
                listener.name_alarm(alarm.key)
                yield _one(target, listener, alarm, fault)


def repair(target: Target) -> str | None:
    """Repair all but drift that a broken-off drill left; return the key of its alarm, None if there is no drill."""
    listener = Listener(target)
    key = listener.alarm()
    if key is None:
        return None
    for alarm in alarm_specs(target):
        if alarm.key == key and (fault := fault_of(target, alarm, "")):
            fault.end()
    alarm_clock.reset(target)
    listener.close()
    return key


@contextmanager
def _listening(listener: Listener, alarms: Sequence[AlarmSpec]) -> Iterator[None]:
    """Listen, and forget the drill at its end, unless a failure could not be repaired."""
    try:
        listener.open(alarms[0].key)
        yield
    except Unrepaired:
        raise
    except BaseException:
        listener.close()
        raise
    else:
        listener.close()


def _one(target: Target, listener: Listener, alarm: AlarmSpec, fault: Fault) -> Result:
    name = target.named(alarm.anchor)
    if _fires(target, name):
        reason = f"It is in ALARM already: see {alarm.description.rpartition(' ')[2]}"
        return Result(alarm.key, fault.how, reason=reason)
    listener.forget()
    longest = alarm.periods * PERIOD_SECONDS * 2 + SLACK_SECONDS
    wait = functools.partial(_told, listener, name, longest, 0 if target.is_emulator else PAUSE_SECONDS)
    began = clock.now()
    try:
        fault.begin()
        notified = wait(FIRED, fault.again)
    finally:
        _repair(alarm, fault)
    if notified is None:
        return Result(alarm.key, fault.how, reason=f"No notification arrived within {longest} s.")
    repaired = clock.now()
    recovered = wait(RECOVERED, fault.calm)
    reason = "" if recovered else f"It fired, and did not recover within {longest} s after the repair."
    return Result(
        alarm.key, fault.how, round(notified - began, 1), round(recovered - repaired, 1) if recovered else None, reason
    )


def _repair(alarm: AlarmSpec, fault: Fault) -> None:
    """Repair it. The record of the drill stays if that fails, or if somebody presses Ctrl-C once more."""
    try:
        fault.end()
    except BaseException as error:
        cause = sentence(error) if isinstance(error, Exception) else "the repair was interrupted"
        raise Unrepaired(
            f"Cannot repair the failure of the drill of {alarm.key}: {cause}. Run `stack apply`."
        ) from error


def _told(  # noqa: PLR0917 (two of them vary)
    listener: Listener, name: str, longest: float, pause: float, state: str, act: Callable[[], None]
) -> float | None:
    """The time at which the notification arrived; None if it did not arrive within ``longest`` seconds."""
    end = clock.now() + longest
    while clock.now() < end:
        act()
        if (name, state) in listener.notifications():
            return clock.now()
        clock.sleep(pause)
    return None


def _fires(target: Target, name: str) -> bool:
    """Whether the alarm is in ALARM, also after the time in which an older failure passes."""
    end = clock.now() + (EASE_SECONDS if target.is_emulator else SLACK_SECONDS)
    while fires := _state(target, name) == FIRED:
        if clock.now() >= end:
            break
        clock.sleep(1)
    return fires


def _state(target: Target, name: str) -> str:
    found = target.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    if not found:
        raise StackError(f"Cannot drill {name}: the alarm does not exist. Run `stack apply` first.")
    return str(found[0]["StateValue"])
