"""Compare properties, resolve references, fingerprint properties, and order a topology. Pure functions."""

from __future__ import annotations

import graphlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from stack.engine.model import Desired, Difference, P, Ref, Unknown
from stack.errors import TopologyError

ABSENT = "(absent)"


def compare(live: object, desired: object) -> tuple[Difference, ...]:
    """List the differences between two properties of one type, sorted by path; empty optional ones are left out."""
    old, new = dict(flatten(live)), dict(flatten(desired))
    return tuple(
        Difference(path, old.get(path, ABSENT), new.get(path, ABSENT))
        for path in sorted((old.keys() | new.keys()) - _left_open(desired))
        if old.get(path, ABSENT) != new.get(path, ABSENT)
    )


def _left_open(desired: object) -> frozenset[str]:
    """The optional properties that are declared empty."""
    if not is_dataclass(desired):
        return frozenset()
    optional = (each.name for each in fields(desired) if each.metadata.get("optional"))
    return frozenset(name for name in optional if not getattr(desired, name))


def flatten(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield ``(dotted path, scalar or tuple of scalars)`` for every leaf of ``value``.

    The first field of a dataclass in a tuple is its key, so that one more element adds one path and shifts no other.
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
    """Replace each Ref by the known output (``outputs`` is by address), or by ``Unknown`` while there is none.

    Raises:
        TopologyError: a Ref names an output that the resource does not have.
    """

    def known(ref: Ref) -> object:
        of = outputs.get(ref.address)
        if of is None:
            return Unknown(ref)
        if ref.output not in of:
            raise TopologyError(f"{desired.address} refers to {ref}, but {ref.address} has only {sorted(of)}")
        return of[ref.output] + ref.suffix

    return replace(desired, props=_mapped(desired.props, known))


def digest(props: object) -> str:
    """Return a short fingerprint of resolved properties, for the stamp.

    Raises:
        ValueError: the properties contain a Ref or an Unknown.
    """
    leaves = {path: list(leaf) if isinstance(leaf, tuple) else leaf for path, leaf in flatten(props)}

    def refuse(value: object) -> str:
        raise ValueError(f"cannot fingerprint {value!r}: its value is not known yet")

    return hashlib.sha256(json.dumps(leaves, sort_keys=True, default=refuse).encode()).hexdigest()[:32]


def is_known(props: object) -> bool:
    """Return whether every value in ``props`` is known before anything is applied."""
    return not any(isinstance(leaf, Unknown | Ref) for _, value in flatten(props) for leaf in _scalars(value))


def dependencies(desired: Desired[Any]) -> frozenset[str]:
    """Return the addresses to which a resource refers; they must exist before it."""
    refs = (item for _, leaf in flatten(desired.props) for item in _scalars(leaf) if isinstance(item, Ref))
    return frozenset(ref.address for ref in refs)


def order(topology: Iterable[Desired[Any]]) -> tuple[str, ...]:
    """Return the addresses, each after those to which it refers.

    Raises:
        TopologyError: two resources have one address, or one kind and name; a Ref leads to nothing, or in a circle.
    """
    graph: dict[str, frozenset[str]] = {}
    names: dict[tuple[str, str], str] = {}
    for desired in topology:
        if desired.address in graph:
            raise TopologyError(f"{desired.address} is declared twice")
        if (other := names.setdefault((desired.kind, desired.name), desired.address)) != desired.address:
            raise TopologyError(f"{desired.address} and {other} are both named {desired.name!r}")
        graph[desired.address] = dependencies(desired)
    for address, needed in graph.items():
        if missing := needed - graph.keys():
            raise TopologyError(f"{address} refers to {', '.join(sorted(missing))}, which is not declared")
    try:
        return tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise TopologyError(f"these resources refer to each other in a circle: {' → '.join(error.args[1])}") from error


def _scalars(value: object) -> Iterator[object]:
    yield from value if isinstance(value, tuple) else (value,)


def _mapped(value: Any, known: Callable[[Ref], object]) -> Any:
    if isinstance(value, Ref):
        return known(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _mapped(getattr(value, f.name), known) for f in fields(value)})
    if isinstance(value, Mapping):
        return {key: _mapped(item, known) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_mapped(item, known) for item in value)
    return value
