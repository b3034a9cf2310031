"""Checks of the assumptions that our patches make about MiniStack.

Each patch replaces a private name of one pinned release. A newer release may rename it or change its shape. A patch
that no longer fits must stop the emulator with a sentence, and not quietly do nothing or something else.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MINISTACK = version("ministack")


class PatchBrokenError(RuntimeError):
    """A patch does not fit this release of MiniStack."""


def require(holds: object, patch: str, assumption: str) -> None:
    """Stop unless `assumption`, on which `patch` rests, holds.

    Raises:
        PatchBrokenError: naming the patch, the assumption and the release.
    """
    if not holds:
        raise PatchBrokenError(
            f"The patch '{patch}' does not fit MiniStack {MINISTACK}: it assumes that {assumption}. "
            "Start with --stock to run without our patches, or pin the release that the patch was written "
            "for (stack/local/emulator/pyproject.toml)."
        )


def require_parameters(function: Callable[..., object], names: tuple[str, ...], patch: str) -> None:
    """Stop unless `function` can still be called with exactly these arguments, in this order."""
    found = list(inspect.signature(function).parameters.values())
    same = tuple(parameter.name for parameter in found[: len(names)]) == names
    rest_optional = all(
        parameter.default is not parameter.empty or parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        for parameter in found[len(names) :]
    )
    require(
        same and rest_optional,
        patch,
        f"{function.__qualname__} takes {names}, not {inspect.signature(function)}",
    )
