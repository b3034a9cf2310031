"""The alias through which every caller invokes a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.contract.names import ALIAS

if TYPE_CHECKING:
    from stack.target.target import Target

__all__ = ["ALIAS", "alias_arn"]


def alias_arn(target: Target, function: str) -> str:
    """The ARN of a function's alias."""
    return target.arn("lambda", f"function:{function}:{ALIAS}")
