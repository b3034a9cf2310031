"""Decide the action for one resource: a pure function of desired state and live state.

| live                | owner      | properties           | stamp   | action                                        |
|---------------------|------------|----------------------|---------|-----------------------------------------------|
| none                |            |                      |         | CREATE                                        |
| exists              | other/none |                      |         | REFUSE: a foreign resource is never adopted   |
| exists              | this stack | equal                | current | NOTHING                                       |
| exists              | this stack | equal                | other   | RESTAMP: the last run died before its stamp   |
| exists              | no region  | equal                | current | RESTAMP: an earlier version wrote the tags    |
| exists              | this stack | differ               | current | UPDATE, "drift"                               |
| exists              | this stack | differ               | other   | UPDATE, "topology changed"                    |
| exists              | this stack | differ               | none    | UPDATE, "unfinished earlier run"              |
| exists              | this stack | an immutable differs | any     | REPLACE; with data REFUSE, unless --replace   |
| exists, undeclared  | this stack |                      |         | DELETE; with data KEEP, unless --delete       |

A property that the target cannot read back is left out of the comparison; with one, "equal, other stamp" is an UPDATE.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from stack.engine.compare import compare, digest, is_known
from stack.engine.model import Action, Desired, Difference, Live, Owner


@dataclass(frozen=True, slots=True)
class Rules:
    """The facts about a kind that a decision needs. ``unreadable`` are properties that the target cannot read back."""

    immutable: Collection[str] = frozenset()
    holds_data: bool = False
    unreadable: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """An action with its reason. ``consent`` names the option that permits the loss of data, where one is missing."""

    action: Action
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    consent: str = ""


def decide(  # noqa: PLR0911 (a row of the table is a return)
    desired: Desired[Any], live: Live[Any] | None, owner: Owner, rules: Rules, *, may_replace: bool
) -> Decision:
    """Decide for a declared resource, with every known Ref resolved."""
    if live is None:
        return Decision(Action.CREATE, "new")
    if not owner.is_same(live.owner):
        return Decision(Action.REFUSE, _foreign(live))
    differences = tuple(d for d in compare(live.props, desired.props) if d.field not in rules.unreadable)
    current = is_known(desired.props) and live.applied == digest(desired.props)
    if not differences and current:
        without_region = bool(live.owner and owner.region and not live.owner.region)
        return Decision(Action.RESTAMP, "no region in its owner tag") if without_region else Decision(Action.NOTHING)
    if frozen := sorted({d.field for d in differences} & set(rules.immutable)):
        reason = f"replace because {', '.join(frozen)} cannot be changed in place"
        if rules.holds_data and not may_replace:
            return Decision(Action.REFUSE, reason, differences, f"--replace {desired.address}")
        return Decision(Action.REPLACE, reason, differences)
    if differences or rules.unreadable:
        reason = "drift" if current else "topology changed" if live.applied else "unfinished earlier run"
        return Decision(Action.UPDATE, reason, differences)
    return Decision(Action.RESTAMP, "unfinished earlier run")


def decide_undeclared(address: str, rules: Rules, *, may_delete: bool) -> Decision:
    """Decide for a resource of this stack that the topology no longer declares."""
    if rules.holds_data and not may_delete:
        return Decision(Action.KEEP, consent=f"--delete {address}")
    return Decision(Action.DELETE)


def explained(decision: Decision, contents: str) -> str:
    """The reason of a decision in words, with the data (``contents``) that it keeps or loses."""
    parts = [decision.reason]
    if decision.consent:
        parts.append(f"it holds data{f' ({contents})' if contents else ''}")
        parts.append(f"to {'replace' if decision.action is Action.REFUSE else 'delete'} it, pass {decision.consent}")
    elif contents:
        parts.append(f"{contents} will be lost")
    return "; ".join(part for part in parts if part)


def _foreign(live: Live[Any]) -> str:
    whose = "carries no owner tag"
    if live.owner:
        where = f" in {live.owner.region}" if live.owner.region else ""
        whose = f"belongs to {live.owner.stack}'s {live.owner.address}{where}"
    return (
        f"{live.name} exists and {whose}; nothing was changed. "
        "Rename or remove it, or use another --name for this stack, then apply again"
    )
