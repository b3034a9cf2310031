"""Moto without its search for attribute names in DynamoDB's values: a third of the time of the tests on a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.serialize import ResponseSerializer

VALUE = "AttributeValue"


@pytest.fixture(scope="session", autouse=True)
def _attribute_values_are_read_by_their_keys() -> Iterator[None]:
    """Moto looks for each of the ten members of an AttributeValue under six names; its own DynamoDB uses the first."""
    by_all_names = ResponseSerializer.get_value

    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        if type(value) is dict and shape.parent.name == VALUE:
            return value.get(key)
        return by_all_names(self, value, key, shape)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ResponseSerializer, "get_value", get_value)
        yield
