"""The data that the user permits an apply to lose."""

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
    """The addresses whose data an apply may replace or delete; ``all_data`` permits every deletion."""

    replace: frozenset[str] = frozenset()
    delete: frozenset[str] = frozenset()
    all_data: bool = False

    def to_replace(self, address: str) -> bool:
        """Return whether the data at ``address`` may be lost by a replacement."""
        return address in self.replace

    def to_delete(self, address: str) -> bool:
        """Return whether the data at ``address`` may be lost by a deletion."""
        return self.all_data or address in self.delete


NO_LOSS = Permission()


def check(permission: Permission, topology: Sequence[Desired[Any]], plan: Plan, kinds: Mapping[str, Kind[Any]]) -> None:
    """Refuse an address that holds no data: with a misspelt address, the data that was meant would be kept.

    A declared address may be named although its resource is already gone, so that a command can be repeated.

    Raises:
        StackError: with the addresses that can be named.
    """
    declared = {each.address for each in topology if kinds[each.kind].holds_data}
    existing = {change.address for change in plan.changes if kinds[change.kind].holds_data}
    _refuse("--replace", permission.replace, declared)
    _refuse("--delete", permission.delete, declared | existing)


def _refuse(option: str, named: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(named) - set(known)):
        choices = ", ".join(sorted(known)) or "none"
        raise StackError(f"{option} {', '.join(unknown)}: no data at this address. Addresses with data: {choices}")
