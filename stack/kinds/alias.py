"""The alias through which every caller invokes a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stack.target.target import Target

ALIAS = "live"


def alias_arn(target: Target, function: str) -> str:
    """The ARN of a function's alias."""
    return target.arn("lambda", f"function:{function}:{ALIAS}")
