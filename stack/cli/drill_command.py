"""The verb ``drill``."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Sequence

from stack.cli.codes import FAILED, OK
from stack.cli.context import Context
from stack.cli.printing import say
from stack.drill.drill import Result, drill, repair
from stack.drill.listener import Listener
from stack.errors import StackError, explain
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.watching.alarm_list import AlarmSpec, alarm_specs

ALL = "all"


def run(context: Context) -> int:
    """Fire one alarm or all, and tell the times; an alarm that nobody can fire fails only when it was named."""
    target, wanted = context.target, context.options.alarm or ""
    alarms = chosen(target, wanted)
    if target.kind is TargetKind.AWS and context.options.confirm != target.stack:
        raise StackError(
            f"Cannot begin a drill: it breaks stack {target.stack} of account {target.account_id} for some minutes. "
            f"Pass --confirm {target.stack}."
        )
    results = []
    with explain("Cannot finish the drill"):
        for result in drill(target, alarms, context.document("api_url")["api_url"]):
            results.append(result)
            say(line(result))
    if context.options.json:
        print(json.dumps([{**dataclasses.asdict(each), "ok": each.ok} for each in results], indent=2))
    return OK if all(each.ok or (each.impossible and wanted == ALL) for each in results) else FAILED


def chosen(target: Target, wanted: str) -> Sequence[AlarmSpec]:
    """The alarms of a name: a key, the name in CloudWatch, or ``all``.

    Raises:
        StackError: there is no such alarm.
    """
    specs = {each.key: each for each in alarm_specs(target)}
    key = wanted.removeprefix(target.named("")).removeprefix("alarm.").replace("-", "_")
    if key == ALL:
        return tuple(specs.values())
    if key not in specs:
        near = difflib.get_close_matches(key, specs, 1, 0.4)
        advice = f"Did you mean {near[0]}?" if near else f"Choose one of all, {', '.join(specs)}."
        raise StackError(f"Cannot drill {wanted}: the stack has no alarm of that name. {advice}")
    return (specs[key],)


def line(result: Result) -> str:
    """The result in words."""
    if not result.ok:
        return f"{result.alarm}: {result.reason}"
    return (
        f"{result.alarm}: the drill {result.how}. Notified after {result.notified_seconds} s, "
        f"recovered {result.recovered_seconds} s after the repair."
    )


def repair_broken_off(context: Context) -> None:
    """Repair what a drill left that was broken off."""
    with explain("Cannot repair a drill that was broken off"):
        if key := repair(context.target):
            say(f"repaired a drill of {key} that was broken off")


def broken_off(target: Target) -> str | None:
    """The sentence about a drill that runs, or was broken off; None if there is none."""
    with explain("Cannot look for a drill"):
        key = Listener(target).alarm()
    return f"A drill of {key} runs, or was broken off. `stack apply` repairs it." if key is not None else None
