"""Keep the settings that the topology does not declare, where an update resets every setting that it omits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape, StructureShape

EMPTY: tuple[object, ...] = (None, "", [], {})
"""Values of a setting that nobody set; an update refuses some of them."""


def carried_over(client: Any, operation: str, described: Any, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments for ``operation``: those declared, and from ``described`` all others that it accepts.

    A structure is completed member by member. ``described`` is the answer of the describe call; botocore's model of
    the operation decides which of its members the update accepts.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    return dict(_merged(_accepted(shape, described), declared))


def _accepted(shape: Shape, value: Any) -> Any:
    if not isinstance(shape, StructureShape) or not isinstance(value, Mapping):
        return value
    found = {name: _accepted(member, value[name]) for name, member in shape.members.items() if name in value}
    return {name: each for name, each in found.items() if each not in EMPTY}


def _merged(kept: Any, declared: Any) -> Any:
    if not isinstance(kept, Mapping) or not isinstance(declared, Mapping):
        return declared
    return {**kept, **{name: _merged(kept.get(name), value) for name, value in declared.items()}}
