"""The kinds of one stack on one target, and the facts about them that planning and applying share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from stack.engine.decide import Rules
from stack.engine.kind import Kind
from stack.engine.model import Live, Owner
from stack.errors import CallFailed, Transient, explain, read_again, transient


@dataclass(frozen=True, slots=True)
class Registry:
    """``kinds`` by name, in their order of creation. ``unreadable(kind)`` names the properties of a kind that the
    target cannot read back: the engine compares those by the stamp. ``region`` is a part of every owner tag.
    """

    kinds: Mapping[str, Kind[Any]]
    stack: str
    unreadable: Callable[[str], Collection[str]] = lambda _: frozenset()
    region: str = ""

    def owner(self, address: str) -> Owner:
        """The owner tag of a resource of this stack."""
        return Owner(self.stack, address, self.region)

    def rules(self, kind: str) -> Rules:
        """The facts about a kind that a decision needs."""
        of = self.kinds[kind]
        return Rules(of.immutable, of.holds_data, frozenset(self.unreadable(kind)))

    def read(self, kind: str, name: str, address: str) -> Live[Any] | None:
        """Read one resource.

        Raises:
            CallFailed: AWS refused.
        """
        with explain(f"Cannot read {address} ({name})"):
            return read_again(lambda: self.kinds[kind].read(name))

    def outputs(self, kind: str, name: str, address: str) -> Mapping[str, str] | None:
        """Read the outputs of one resource.

        Raises:
            CallFailed: AWS refused.
        """
        with explain(f"Cannot read {address} ({name})"):
            return read_again(lambda: self.kinds[kind].outputs(name))

    def names(self, kind: str) -> set[str]:
        """List the names of a kind that could belong to this stack.

        Raises:
            CallFailed: AWS refused.
        """
        with explain(f"Cannot list the resources of kind {kind}"):
            return read_again(lambda: set(self.kinds[kind].names()))

    def obstacle(self, kind: str) -> str:
        """The sentence about a missing setting of the account; empty if there is none.

        Raises:
            CallFailed: AWS refused.
        """
        with explain(f"Cannot read the settings of the account for {kind}"):
            return self.kinds[kind].obstacle()

    def contents(self, kind: str, live: Live[Any]) -> str:
        """The data in a resource, in words; none if another run deleted the resource since it was read.

        Raises:
            CallFailed: AWS refused.
        """
        try:
            with explain(f"Cannot count the contents of {live.name}"):
                return self.kinds[kind].contents(live)
        except CallFailed as error:
            if transient(error) is Transient.CONFLICT:
                return ""
            raise
