"""The message that asks for the erasure of an account: the profile function sends it, the eraser reads it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.contract.model import Input


class Erasure(Input):
    """The account of ``sub``, which is a part of keys and prefixes: it may hold no character that ends one."""

    sub: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,128}$")]
