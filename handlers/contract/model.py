"""The base classes of all models: input is strict, output is only frozen.

Each model is built on first use (``defer_build``): a function pays at its cold start only for those it needs.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """A document that a client sends: unknown fields are refused, and no value is converted to another type."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True)


class Output(BaseModel):
    """A document that the API answers with."""

    model_config = ConfigDict(defer_build=True, frozen=True)


class MergePatch(Input):
    """A JSON merge patch (RFC 7396): a named field changes, null takes an optional field back to its default."""

    def merged(self, current: BaseModel) -> dict[str, Any]:
        """The fields of ``current`` with the changes; a field that takes its default is left out."""
        fields = {name: getattr(current, name) for name in type(self).model_fields}
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in {**fields, **changes}.items() if value is not None}
