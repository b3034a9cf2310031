"""The message that asks for an account to be erased: sent by whoever closes it, read by the eraser."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Erasure(BaseModel):
    """Whose account. A ``sub`` is part of keys and prefixes, so it may hold nothing that ends one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sub: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,128}$")]
