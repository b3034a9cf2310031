"""Requests held against botocore's own models: their bounds, patterns and enumerations, which botocore does not check.

It checks types and what is required by itself, before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

UNICODE = {
    r"\p{L}": r"\w",
    r"\p{M}": "",
    r"\p{N}": r"\d",
    r"\p{P}": "!-/:-@_",
    r"\p{S}": "+=<>$^`|~",
    r"\p{Z}": " ",
    r"\p{ASCII}": "\x00-\x7f",
}
"""Classes of characters as the models write them, and as Python does."""


def broken(model: OperationModel, params: Mapping[str, Any]) -> list[str]:
    """The violations of the service's model in a request, a line each."""
    return [f"{model.name}: {line}" for line in _broken(model.input_shape, params, "")] if model.input_shape else []


def _broken(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, each in value.items():
            yield from _broken(shape.members[name], each, f"{path}.{name}")
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            yield from _broken(shape.key, key, f"{path}.{key}")
            yield from _broken(shape.value, each, f"{path}.{key}")
    elif isinstance(shape, ListShape):
        yield from _sized(shape, len(value), path)
        for at, each in enumerate(value):
            yield from _broken(shape.member, each, f"{path}.{at}")
    elif isinstance(value, str):
        yield from _text(shape, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _sized(shape, value, path)


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _sized(shape, len(value), path)
    if (allowed := shape.metadata.get("enum")) and value not in allowed:
        yield f"{path} is {value!r}, not one of {allowed}"
    if (pattern := shape.metadata.get("pattern")) and not _matches(pattern, value):
        yield f"{path} is {value!r}, which does not match {pattern}"


def _sized(shape: Shape, size: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{path} is of size {size}, not {least} to {most}"


def _matches(pattern: str, value: str) -> bool:
    for theirs, ours in UNICODE.items():
        pattern = pattern.replace(theirs, ours)
    return re.fullmatch(f"(?:{pattern})", value, re.DOTALL) is not None
