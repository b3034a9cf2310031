"""What a kind promises. One file a kind; the registry in ``stack/kinds/__init__.py`` has one line for each."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Generic

from stack.engine.model import Desired, Live, P

if TYPE_CHECKING:
    from stack.target.target import Target


class Kind(abc.ABC, Generic[P]):
    """One sort of resource. It does what the engine decides, and never compares or decides itself.

    ``immutable`` names the properties that AWS cannot change in place: the engine replaces the resource instead.
    ``holds_data`` marks what is lost for good when it is deleted: the engine does that only when told by name.
    ``update_changes_outputs`` is for what is versioned: whoever refers to it changes with it.
    """

    name: ClassVar[str]
    immutable: ClassVar[frozenset[str]] = frozenset()
    holds_data: ClassVar[bool] = False
    update_changes_outputs: ClassVar[bool] = False

    def __init__(self, target: Target) -> None:
        self.target = target

    @abc.abstractmethod
    def read(self, name: str) -> Live[P] | None:
        """Return what exists under ``name``, every property filled, or None."""

    @abc.abstractmethod
    def create(self, desired: Desired[P], tags: Mapping[str, str]) -> None:
        """Make it, carrying ``tags`` from its first moment where AWS allows that. It does not exist yet."""

    @abc.abstractmethod
    def update(self, live: Live[P], desired: Desired[P], changed: frozenset[str]) -> None:
        """Bring the ``changed`` properties (names of fields) to what is desired, in place."""

    @abc.abstractmethod
    def delete(self, live: Live[P]) -> None:
        """Remove it and all that belongs to it. Already gone is success."""

    @abc.abstractmethod
    def stamp(self, live: Live[P], tags: Mapping[str, str]) -> None:
        """Write ``tags``: the last write of any change."""

    @abc.abstractmethod
    def names(self) -> Iterable[str]:
        """List the names of all that could be this stack's: by prefix or by tag. Each is read before it is judged."""

    def contents(self, live: Live[P]) -> str:
        """Say what would be lost with it, for a plan: ``1,204 items``. Empty where nothing would."""
        del live
        return ""
