"""Plain values ↔ DynamoDB attribute values: text, whole numbers, lists and sets of text, and nothing else.

boto3 has a serializer for this, but its import takes about a fifth of a cold start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, Any]
"""An item in the form of the low-level client: ``{"pk": {"S": …}}``."""


def encode(values: Mapping[str, Any]) -> Item:
    """Plain values as an item, without those that are None.

    Raises:
        TypeError: a value has another type.
    """
    return {name: _attribute(name, value) for name, value in values.items() if value is not None}


def decode(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as plain values, numbers as integers."""
    return {name: _value(attribute) for name, attribute in item.items()}


def _attribute(name: str, value: object) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case int() if not isinstance(value, bool):
            return {"N": str(value)}
        case list():
            return {"L": [_attribute(name, each) for each in value]}
        case set() if value:
            return {"SS": sorted(value)}
    raise TypeError(f"Cannot store {name}: use text, whole numbers, lists or sets, not {type(value).__name__}.")


def _value(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "L":
            return [_value(each) for each in value]
        case "SS":
            return set(value)
    return value
