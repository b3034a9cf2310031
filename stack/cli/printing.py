"""A plan and what came of it, for people (a line each, coloured on a terminal) and for programs (JSON)."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from stack.engine.compare import ABSENT
from stack.engine.model import Action, Change, Difference, Plan, Unknown
from stack.engine.run import Outcome, Report

COLOURS = {
    Action.CREATE: "32",
    Action.UPDATE: "33",
    Action.RESTAMP: "33",
    Action.REPLACE: "35",
    Action.DELETE: "31",
    Action.REFUSE: "31",
    Action.KEEP: "2",
}
LONGEST = 100
"""Characters of one value in a plan; the JSON form has all of it."""
SECRET = re.compile(r"environment\..*(KEY|TOKEN|SECRET|PASSWORD).*", re.IGNORECASE)
HIDDEN = "(not shown)"
NEXT = "Mend what is said above and run it again: what is done stays done, and it goes on from here."


def say(text: str) -> None:
    """Progress, for people: on standard error, so that standard output stays clean."""
    print(text, file=sys.stderr, flush=True)


def coloured(text: str, action: Action) -> str:
    """The text in the action's colour, on a terminal that wants colour (https://no-color.org)."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    return text if plain or action not in COLOURS else f"\033[{COLOURS[action]}m{text}\033[0m"


def plan_lines(plan: Plan) -> Iterator[str]:
    """One line a change, one a differing property, and a closing count."""
    for change in plan.changes:
        if change.action is not Action.NOTHING:
            yield from change_lines(change)
    yield count(plan)


def change_lines(change: Change) -> Iterator[str]:
    """``~ function.expenses  drift`` and its properties."""
    reason = f"  {change.reason}" if change.reason else ""
    yield coloured(f"{change.action.value} {change.address} ({change.name}){reason}", change.action)
    if change.action is not Action.CREATE:
        yield from (f"    {line}" for each in change.differences for line in difference_lines(each))


def difference_lines(difference: Difference) -> Iterator[str]:
    """``memory: 256 → 512``; of what is long, such as a policy or a schema, only the lines that differ."""
    path, old, new = difference.path, _shown(difference.path, difference.old), _shown(difference.path, difference.new)
    if max(len(_text(old)), len(_text(new))) <= LONGEST:
        yield f"{path}: {_text(old)} → {_text(new)}"
        return
    yield f"{path}:"
    yield from (f"  {_cut(line)}" for line in difflib.ndiff(_lines(old), _lines(new)) if line.startswith(("- ", "+ ")))


def count(plan: Plan) -> str:
    """``3 to create, 1 to update, 12 unchanged``."""
    words = {
        Action.CREATE: "to create",
        Action.UPDATE: "to update",
        Action.RESTAMP: "to finish",
        Action.REPLACE: "to replace",
        Action.DELETE: "to delete",
        Action.KEEP: "kept for its data",
        Action.REFUSE: "refused",
        Action.NOTHING: "unchanged",
    }
    numbers = {action: sum(change.action is action for change in plan.changes) for action in words}
    return ", ".join(f"{number} {words[action]}" for action, number in numbers.items() if number) or "nothing at all"


def outcome_line(outcome: Outcome) -> str:
    """How one change ended, with its time in seconds."""
    change = outcome.change
    if outcome.skipped:
        return coloured(f"! {change.address} was not begun: it needs {outcome.skipped}", Action.REFUSE)
    if outcome.error:
        return coloured(f"! {change.address} failed after {outcome.seconds:.1f} s: {outcome.error}", Action.REFUSE)
    return coloured(f"{change.action.value} {change.address}  {outcome.seconds:.2f} s", change.action)


class Lines:
    """Prints a line as each change ends."""

    def begun(self, change: Change) -> None:
        """Print nothing: the end of a change is a line of its own."""

    def ended(self, outcome: Outcome) -> None:
        """Print the outcome."""
        say(outcome_line(outcome))


def report_line(report: Report, reads: int, writes: int, seconds: float) -> str:
    """What an apply did, in one line; and what to do next, where not all of it could be done."""
    done = len(report.outcomes) - len(report.failed)
    line = f"{done} changed, {len(report.failed)} not done" if report.failed else f"{done} changed"
    line += f" in {seconds:.1f} s ({reads} reads, {writes} writes)"
    return f"{line}\n{NEXT}" if report.failed else line


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan for programs: ``docs/plan.schema.json`` describes it."""
    return {
        "changes": [
            {
                "address": change.address,
                "name": change.name,
                "action": change.action.name.lower(),
                "reason": change.reason,
                "differences": [
                    {
                        "path": each.path,
                        "old": _plain(_shown(each.path, each.old)),
                        "new": _plain(_shown(each.path, each.new)),
                    }
                    for each in change.differences
                ],
            }
            for change in plan.changes
        ],
        "count": count(plan),
    }


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns, the first as wide as its longest cell."""
    rows = list(rows)
    width = max((len(left) for left, _ in rows), default=0)
    return "\n".join(f"  {left.ljust(width)}  {right}" for left, right in rows)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return repr(value) if isinstance(value, Unknown) else value


def _shown(path: str, value: object) -> object:
    """The value, or a word for it where a function's variable is named as a secret would be."""
    return HIDDEN if SECRET.fullmatch(path) and value != ABSENT else value


def _lines(value: object) -> list[str]:
    """One line an item; a JSON document in its canonical order, so that only what differs in it differs."""
    if isinstance(value, tuple):
        return [str(item) for item in value]
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(str(value)), indent=1, sort_keys=True).splitlines()
    return str(value).splitlines()


def _text(value: object) -> str:
    return (", ".join(map(str, value)) if isinstance(value, tuple) else str(value)) or '""'


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line)} characters)"
