"""What the user agrees to lose: told before anything is written, and only what there is to lose can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.errors import StackError

if TYPE_CHECKING:
    from stack.engine.kind import Kind
    from stack.engine.model import Desired, Plan


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be lost: addresses whose data may be replaced or deleted; ``all_data`` allows every deletion."""

    replace: frozenset[str] = frozenset()
    delete: frozenset[str] = frozenset()
    all_data: bool = False

    def to_delete(self, address: str) -> bool:
        return self.all_data or address in self.delete


NOTHING_MAY_BE_LOST = Permission()


def check(permission: Permission, topology: Sequence[Desired[Any]], plan: Plan, kinds: Mapping[str, Kind[Any]]) -> None:
    """Refuse an address that names nothing which holds data: it is a slip, and what was meant would be kept.

    What is declared may be named though it is gone already, so that a command can be given twice.

    Raises:
        StackError: with what can be named.
    """
    declared = {each.address for each in topology if kinds[each.kind].holds_data}
    there = {change.address for change in plan.changes if kinds[change.kind].holds_data}
    _refuse("--replace", permission.replace, declared)
    _refuse("--delete", permission.delete, declared | there)


def _refuse(option: str, named: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(named) - set(known)):
        can_be = ", ".join(sorted(known)) or "nothing"
        raise StackError(f"{option} {', '.join(unknown)}: nothing of that address holds data here; what does: {can_be}")
