"""Hold a declaration against AWS's limits before anything is called: an emulator accepts values that AWS refuses.

Each kind lists the limits of its own name and properties. A value that is not known yet (a Ref) keeps every limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.model import Desired, Ref
from stack.errors import TopologyError

if TYPE_CHECKING:
    from stack.engine.kind import Kind

LONGEST_VALUE = 60
"""Characters of a wrong value in an error message."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule for one property.

    ``path`` is the dotted path of the property, with ``*`` for every item of a tuple. ``rule`` continues the property's
    name to a sentence. ``keeps`` returns whether a value keeps the rule; it receives neither a Ref nor None.
    """

    path: str
    rule: str
    keeps: Callable[[Any], bool]


def between(path: str, least: float, most: float, unit: str = "") -> Limit:
    """A number within bounds, both included."""
    return Limit(path, f"is {least:,} to {most:,}{f' {unit}' if unit else ''}", lambda each: least <= each <= most)


def at_most(path: str, most: int, of: str = "characters") -> Limit:
    """The longest text or list."""
    return Limit(path, f"has at most {most:,} {of}", lambda each: len(each) <= most)


def check(topology: Iterable[Desired[Any]], kinds: Mapping[str, Kind[Any]]) -> None:
    """Check every declared resource against the limits of its kind.

    Raises:
        TopologyError: with a line for each broken limit.
    """
    if broken := [line for desired in topology for line in _broken(desired, kinds[desired.kind])]:
        raise TopologyError("\n".join(broken))


def _broken(desired: Desired[Any], kind: Kind[Any]) -> Iterator[str]:
    if not re.fullmatch(kind.name_pattern, desired.name):
        length = len(desired.name)
        yield f"{desired.address}: the name {desired.name!r} ({length} characters) does not match {kind.name_pattern}"
    for limit in kind.limits:
        for path, value in _values(desired.props, limit.path.split(".")):
            if value is not None and not isinstance(value, Ref) and not limit.keeps(value):
                yield f"{desired.address}: {path} {limit.rule}, not {_short(value)}"


def _values(value: Any, steps: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value at a path, with the path; a path through None ends there."""
    if not steps or value is None:
        yield path, value
    elif steps[0] == "*":
        for at, item in enumerate(value):
            yield from _values(item, steps[1:], f"{path}.{at}")
    else:
        yield from _values(getattr(value, steps[0]), steps[1:], f"{path}.{steps[0]}".removeprefix("."))


def _short(value: object) -> str:
    """The beginning of a value; of a mapping the names alone, since a function's variables may hold secrets."""
    text = repr(sorted(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
