"""The nouns of the provisioner. Nothing here calls AWS.

A *topology* is a tuple of ``Desired``. A *kind* turns each into AWS calls and reads it back as a ``Live`` with the same
type of properties, every field filled, so that drift is a plain comparison. The *engine* compares the two and records a
``Change`` for each address.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An output of another resource, as a property value. The engine appends ``suffix`` to the output."""

    address: str
    output: str
    suffix: str = ""

    def __str__(self) -> str:
        return f"${{{self.address}.{self.output}}}{self.suffix}"


class Props(Protocol):
    """A frozen dataclass of strings, numbers, booleans, None, tuples, string-keyed mappings and further dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


P = TypeVar("P", bound=Props)
OPTIONAL: Mapping[str, Any] = {"optional": True}
"""The metadata of a property that the topology may leave empty: the resource then keeps any value of it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner tags of a resource: the stack's name, the resource's address in the topology, and the stack's region.

    Without the region two stacks of one name would share what AWS keeps once for an account, such as IAM roles.
    ``region`` is empty in the tags of an earlier version of this project.
    """

    stack: str
    address: str
    region: str = ""

    def is_of(self, stack: str, region: str) -> bool:
        """Return whether the resource belongs to ``stack`` in ``region``; an unknown region excludes nothing."""
        return self.stack == stack and (self.region == region or not (self.region and region))

    def is_same(self, other: Owner | None) -> bool:
        """Return whether both are the same address of the same stack, as far as their regions are known."""
        return other is not None and self.address == other.address and self.is_of(other.stack, other.region)


def no_content() -> bytes:
    """The content of a resource that consists of its properties alone.

    Raises:
        LookupError: always; a kind asked for content that the topology does not declare.
    """
    raise LookupError("this resource declares no content")


@dataclass(frozen=True, slots=True)
class Desired(Generic[P]):
    """A resource that should exist.

    ``address`` is ``<kind>.<key>``; ``name`` is the resource's name in AWS. ``build`` makes the bytes that a kind
    uploads with the properties, such as the zip of a function; a kind calls it only when it is about to write them.
    """

    address: str
    name: str
    props: P
    build: Callable[[], bytes] = field(default=no_content, compare=False, repr=False)

    @property
    def kind(self) -> str:
        return kind_of(self.address)


@dataclass(frozen=True, slots=True)
class Live(Generic[P]):
    """A resource that exists.

    ``outputs`` are the values to which other resources may refer. ``applied`` is the fingerprint in the stamp, None
    before the first change is complete.
    """

    name: str
    props: P
    outputs: Mapping[str, str]
    owner: Owner | None
    applied: str | None


class Action(enum.Enum):
    """The action of a change; the value is its mark in a printed plan."""

    CREATE = "+"
    UPDATE = "~"
    REPLACE = "±"
    DELETE = "-"
    RESTAMP = "."
    KEEP = "="
    NOTHING = " "
    REFUSE = "!"


class Unknown:
    """The value of a Ref to a resource that does not exist yet. Equal only to another Unknown of the same Ref."""

    def __init__(self, ref: Ref) -> None:
        self.ref = ref

    def __repr__(self) -> str:
        return f"({self.ref} is known after apply)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and other.ref == self.ref

    def __hash__(self) -> int:
        return hash(self.ref)


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that differs. ``path`` is dotted; its first part is a field of the properties."""

    path: str
    old: object
    new: object

    @property
    def field(self) -> str:
        return self.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """The engine's decision for one address, and the reason for it."""

    address: str
    name: str
    action: Action
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    desired: Desired[Any] | None = field(default=None, repr=False)
    live: Live[Any] | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        return kind_of(self.address)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every decision, in dependency order; deletions last."""

    changes: tuple[Change, ...]

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that write something, and the refusals."""
        return tuple(c for c in self.changes if c.action not in {Action.NOTHING, Action.KEEP})

    @property
    def refused(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.action is Action.REFUSE)


def kind_of(address: str) -> str:
    """The name of the kind in an address: ``queue`` of ``queue.erasures``."""
    return address.partition(".")[0]
