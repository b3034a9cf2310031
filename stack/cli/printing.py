"""Plans, outcomes and tables as plain text, one line each, and a plan as JSON."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stack.engine.compare import ABSENT
from stack.engine.model import Action, Change, Difference, Plan, Unknown
from stack.engine.run import Outcome, Report

LONGEST = 100
"""Characters of one value in a printed plan; the JSON plan has the whole value."""
SECRET = re.compile(r"(environment|.*\.variables)\..*(KEY|TOKEN|SECRET|PASSWORD).*", re.IGNORECASE)
HIDDEN = "(not shown)"
PLANNED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.RESTAMP: "to finish",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.KEEP: "kept for its data",
    Action.REFUSE: "refused",
    Action.NOTHING: "unchanged",
}
DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.RESTAMP: "finished",
    Action.REPLACE: "replaced",
    Action.DELETE: "deleted",
}
NEXT = "Correct the causes above and run the command again: it continues from here."


def say(text: str) -> None:
    """Print progress to standard error: standard output has the result only."""
    print(text, file=sys.stderr, flush=True)


def plan_lines(plan: Plan) -> Iterator[str]:
    """A line for each change, one for each differing property, and the count at the end."""
    for change in plan.changes:
        if change.action is not Action.NOTHING:
            yield from change_lines(change)
    yield count(plan)


def change_lines(change: Change) -> Iterator[str]:
    """A line such as ``~ function.expenses (expenses-expenses)  drift``, and one for each differing property."""
    yield headline(change)
    yield from (f"    {line}" for line in changed_lines(change))


def headline(change: Change) -> str:
    """The change without its differences: mark, address, name and reason."""
    reason = f"  {change.reason}" if change.reason else ""
    return f"{change.action.value} {change.address} ({change.name}){reason}"


def changed_lines(change: Change) -> Iterator[str]:
    """The differing properties; none of a resource to create, where every property differs."""
    if change.action is not Action.CREATE:
        yield from (line for each in change.differences for line in difference_lines(each))


def difference_lines(difference: Difference) -> Iterator[str]:
    """A line such as ``memory: 256 → 512``; of a long value, such as a policy, only the lines that differ."""
    path, old, new = difference.path, _shown(difference.path, difference.old), _shown(difference.path, difference.new)
    if max(len(_text(old)), len(_text(new))) <= LONGEST:
        yield f"{path}: {_text(old)} → {_text(new)}"
        return
    yield f"{path}:"
    yield from (f"  {_cut(line)}" for line in difflib.ndiff(_lines(old), _lines(new)) if line.startswith(("- ", "+ ")))


def count(plan: Plan) -> str:
    """The number of changes by action: ``3 to create, 1 to update, 12 unchanged``."""
    return _numbers(PLANNED, Counter(change.action for change in plan.changes)) or "nothing at all"


def outcome_line(outcome: Outcome) -> str:
    """The outcome of one change, with its duration in seconds."""
    change = outcome.change
    if outcome.skipped:
        return f"! {change.address} was not started: it needs {outcome.skipped}"
    if outcome.error:
        return f"! {change.address} failed after {outcome.seconds:.1f} s: {outcome.error}"
    return f"{change.action.value} {change.address}  {outcome.seconds:.2f} s"


class Lines:
    """An observer of an apply that prints a line when a change ends."""

    def begun(self, change: Change) -> None:
        """Print nothing."""

    def ended(self, outcome: Outcome) -> None:
        """Print the outcome."""
        say(outcome_line(outcome))


def report_line(report: Report, reads: int, writes: int, seconds: float) -> str:
    """The number of changes by action and the cost; after a failure also what to do next."""
    done = Counter(each.change.action for each in report.outcomes if not (each.error or each.skipped))
    failed = sum(bool(each.error) for each in report.outcomes)
    skipped = sum(bool(each.skipped) for each in report.outcomes)
    parts = [_numbers(DONE, done), f"{failed} failed" if failed else "", f"{skipped} not started" if skipped else ""]
    line = f"{', '.join(filter(None, parts))} in {seconds:.1f} s ({reads} reads, {writes} writes)"
    return f"{line}\n{NEXT}" if report.failed else line


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON; ``docs/plan.schema.json`` describes it."""
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


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of equally many cells; each column but the last is as wide as its longest cell."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return "\n".join("  " + "  ".join([*map(str.ljust, row, widths), row[-1]]) for row in rows)


def _numbers(words: Mapping[Action, str], numbers: Mapping[Action, int]) -> str:
    return ", ".join(f"{numbers[action]} {word}" for action, word in words.items() if numbers.get(action))


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return repr(value) if isinstance(value, Unknown) else value


def _shown(path: str, value: object) -> object:
    """The value; not of a variable whose name is that of a secret."""
    return HIDDEN if SECRET.fullmatch(path) and value != ABSENT else value


def _lines(value: object) -> list[str]:
    """A line for each item; a JSON document with sorted keys, so that their order makes no difference."""
    if isinstance(value, tuple):
        return [str(item) for item in value]
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(str(value)), indent=1, sort_keys=True).splitlines()
    return str(value).splitlines()


def _text(value: object) -> str:
    return (", ".join(map(str, value)) if isinstance(value, tuple) else str(value)) or '""'


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line)} characters)"
