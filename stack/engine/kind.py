"""The contract between the engine and a kind of resource. One file a kind; the registry is ``stack/kinds``."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from stack.engine.model import Desired, Live, P

if TYPE_CHECKING:
    from stack.engine.limits import Limit


@dataclass(frozen=True, slots=True)
class Grant:
    """IAM actions of one service on some resources, for the policy of the deployer.

    ``actions`` are separated by spaces. ``resources`` are ARN patterns with ``{stack}``, ``{region}`` and
    ``{account}``; AWS limits an action to no resource where they are empty. ``emulator_only`` marks the actions for
    which the emulator's IAM names no resource although AWS does.
    """

    sid: str
    service: str
    actions: str
    resources: tuple[str, ...] = ()
    condition: Mapping[str, Any] = field(default_factory=dict)
    emulator_only: bool = False


@dataclass(frozen=True, slots=True)
class Settling:
    """The longest time in ``seconds`` until AWS shows ``effect`` of a change everywhere; ``source`` documents it."""

    seconds: float
    effect: str
    source: str


AT_ONCE = Settling(0, "nothing: AWS documents no delay", "")


class Kind(abc.ABC, Generic[P]):
    """One kind of resource. It carries out the engine's decisions; it never compares and never decides.

    A kind owns all that is known of it: the AWS ``service`` of its client, the ``name_pattern`` of its names and the
    ``limits`` of its properties as AWS documents them, and the ``grants`` that its calls need.
    ``immutable`` names the properties that AWS cannot change in place: the engine replaces the resource instead.
    ``holds_data`` marks a kind whose deletion loses users' data: the engine deletes it only with permission.
    ``update_changes_outputs`` marks a versioned kind: an update changes every resource that refers to it.
    ``settling`` is the time that the engine waits after a write for the declared values.
    """

    name: ClassVar[str]
    service: ClassVar[str]
    name_pattern: ClassVar[str]
    limits: ClassVar[tuple[Limit, ...]] = ()
    grants: ClassVar[tuple[Grant, ...]] = ()
    immutable: ClassVar[frozenset[str]] = frozenset()
    holds_data: ClassVar[bool] = False
    update_changes_outputs: ClassVar[bool] = False
    settling: ClassVar[Settling] = AT_ONCE

    @abc.abstractmethod
    def read(self, name: str) -> Live[P] | None:
        """Return the resource called ``name``, every property filled, or None."""

    def outputs(self, name: str) -> Mapping[str, str] | None:
        """Return the outputs of the resource called ``name``, or None, by as few calls as possible."""
        live = self.read(name)
        return live.outputs if live else None

    @abc.abstractmethod
    def create(self, desired: Desired[P], tags: Mapping[str, str]) -> None:
        """Create the resource, with ``tags`` from its first moment where AWS allows that. It does not exist yet."""

    @abc.abstractmethod
    def update(self, live: Live[P], desired: Desired[P], changed: frozenset[str]) -> None:
        """Bring the ``changed`` properties (names of fields) to the desired values, in place."""

    @abc.abstractmethod
    def delete(self, live: Live[P]) -> None:
        """Delete the resource with its parts. A resource that is already gone is success."""

    @abc.abstractmethod
    def stamp(self, live: Live[P], tags: Mapping[str, str]) -> None:
        """Write ``tags``: the last write of any change."""

    @abc.abstractmethod
    def names(self) -> Iterable[str]:
        """List the names, by prefix or by tag, of all resources that could belong to this stack."""

    def obstacle(self) -> str:
        """Return a sentence if the account lacks a setting without which no resource of this kind can be written.

        The engine asks before the first write, and refuses the plan with the sentence. Reads only.
        """
        return ""

    def contents(self, live: Live[P]) -> str:
        """Return the data that a deletion would lose, for a plan: ``1,204 items``; empty if none."""
        del live
        return ""
