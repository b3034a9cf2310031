"""The nouns of the provisioner. Nothing here calls AWS.

A *topology* is a tuple of ``Desired``. A *kind* turns one of them into AWS calls and reads it back as a ``Live``
holding the very same type of properties, every field filled, so that drift is a plain comparison. The *engine*
compares the two and answers with a ``Change`` for each address.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from stack.errors import TopologyError


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An output of another resource, as a property value; ``suffix`` is appended to it once it is known."""

    address: str
    output: str
    suffix: str = ""

    def __str__(self) -> str:
        return f"${{{self.address}.{self.output}}}{self.suffix}"


class Props(Protocol):
    """A frozen dataclass of strings, numbers, booleans, None, tuples, string-keyed mappings and the same again."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


P = TypeVar("P", bound=Props)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who made a resource, from its tags: the stack's name and the address within its topology."""

    stack: str
    address: str


@dataclass(frozen=True, slots=True)
class Desired(Generic[P]):
    """What should exist: ``address`` is ``<kind>.<key>``; ``name`` is what AWS calls it."""

    address: str
    name: str
    props: P

    @property
    def kind(self) -> str:
        return self.address.partition(".")[0]

    @property
    def refs(self) -> frozenset[str]:
        """The addresses that must exist before this one."""
        return frozenset(ref.address for ref in _refs(self.props))


@dataclass(frozen=True, slots=True)
class Live(Generic[P]):
    """What does exist. ``outputs`` are the values others may refer to; ``applied`` is the stamp, if it was reached."""

    name: str
    props: P
    outputs: Mapping[str, str]
    owner: Owner | None
    applied: str | None


class Action(enum.Enum):
    """What a change does; the value is its mark in a printed plan."""

    CREATE = "+"
    UPDATE = "~"
    REPLACE = "±"
    DELETE = "-"
    RESTAMP = "."
    KEEP = "="
    NOTHING = " "
    REFUSE = "!"


class Unknown:
    """The value of a Ref whose resource does not exist yet. Equal to nothing but another reading of the same Ref."""

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
    """One property that is not as declared. ``path`` is dotted, its first part a field of the properties."""

    path: str
    old: object
    new: object

    @property
    def field(self) -> str:
        return self.path.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """What the engine decided for one address, and why."""

    address: str
    name: str
    action: Action
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    desired: Desired[Any] | None = field(default=None, repr=False)
    live: Live[Any] | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        return self.address.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every decision, in dependency order; deletions last."""

    changes: tuple[Change, ...]

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that would write something, or that stop a write."""
        return tuple(c for c in self.changes if c.action not in {Action.NOTHING, Action.KEEP})

    @property
    def refused(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.action is Action.REFUSE)


ABSENT = "(absent)"


def compare(live: object, desired: object) -> tuple[Difference, ...]:
    """List what differs between two properties of one type, sorted by path."""
    old, new = dict(flatten(live)), dict(flatten(desired))
    return tuple(
        Difference(path, old.get(path, ABSENT), new.get(path, ABSENT))
        for path in sorted(old.keys() | new.keys())
        if old.get(path, ABSENT) != new.get(path, ABSENT)
    )


def flatten(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield ``(dotted path, scalar or tuple of scalars)`` for every leaf of ``value``.

    A tuple of dataclasses is keyed by the first field of each, so that one more element is one more path rather
    than a shift of all.
    """
    dot = f"{path}." if path else ""
    if is_dataclass(value) and not isinstance(value, type | Ref):
        for each in fields(value):
            yield from flatten(getattr(value, each.name), dot + each.name)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from flatten(value[key], dot + key)
    elif isinstance(value, tuple) and any(is_dataclass(item) and not isinstance(item, Ref) for item in value):
        for item in value:
            yield from flatten(item, dot + str(getattr(item, fields(item)[0].name)))
    else:
        yield path, value


def resolve(desired: Desired[P], outputs: Mapping[str, Mapping[str, str]]) -> Desired[P]:
    """Put the known ``outputs`` (by address) in place of each Ref, and ``Unknown`` where there is none yet."""

    def known(ref: Ref) -> object:
        of = outputs.get(ref.address)
        if of is None:
            return Unknown(ref)
        if ref.output not in of:
            raise TopologyError(f"{desired.address} refers to {ref}, but {ref.address} has only {sorted(of)}")
        return of[ref.output] + ref.suffix

    return replace(desired, props=_mapped(desired.props, known))


def digest(props: object) -> str:
    """A short fingerprint of resolved properties, for the stamp.

    Raises:
        ValueError: a Ref or an unknown value is left in them.
    """
    leaves = {path: list(leaf) if isinstance(leaf, tuple) else leaf for path, leaf in flatten(props)}

    def refuse(value: object) -> str:
        raise ValueError(f"cannot fingerprint {value!r}: it is not known yet")

    return hashlib.sha256(json.dumps(leaves, sort_keys=True, default=refuse).encode()).hexdigest()[:32]


def is_known(props: object) -> bool:
    """Whether every value in ``props`` is known before anything is applied."""
    return not any(isinstance(leaf, Unknown | Ref) for _, value in flatten(props) for leaf in _scalars(value))


def order(topology: Iterable[Desired[Any]]) -> dict[str, frozenset[str]]:
    """Map each address to those it depends on.

    Raises:
        TopologyError: two of one address or of one kind and name, or a Ref to nothing.
    """
    seen: dict[str, frozenset[str]] = {}
    names: dict[tuple[str, str], str] = {}
    for desired in topology:
        if desired.address in seen:
            raise TopologyError(f"{desired.address} is declared twice")
        if (twin := names.setdefault((desired.kind, desired.name), desired.address)) != desired.address:
            raise TopologyError(f"{desired.address} and {twin} are both named {desired.name!r}")
        seen[desired.address] = desired.refs
    for address, refs in seen.items():
        if missing := refs - seen.keys():
            raise TopologyError(f"{address} refers to {', '.join(sorted(missing))}, which is not declared")
    return seen


def _scalars(value: object) -> Iterator[object]:
    yield from value if isinstance(value, tuple) else (value,)


def _refs(value: object) -> Iterator[Ref]:
    for _, leaf in flatten(value):
        yield from (item for item in _scalars(leaf) if isinstance(item, Ref))


def _mapped(value: Any, known: Any) -> Any:
    if isinstance(value, Ref):
        return known(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _mapped(getattr(value, f.name), known) for f in fields(value)})
    if isinstance(value, Mapping):
        return {key: _mapped(item, known) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_mapped(item, known) for item in value)
    return value
