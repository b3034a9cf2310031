"""Let uv make an environment from a lock, and explain its failures."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from stack.local.failure import REMEDIES, EmulatorError, remedy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NETWORK_WORDS = (
    "failed to fetch",
    "error sending request",
    "dns error",
    "connect error",
    "timed out",
    "connection",
)
SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
"""uv is a Rust program, and this is how Rust spells an errno."""


def install(title: str, folder: Path, options: Sequence[str]) -> None:
    """Make ``folder`` a virtual environment with exactly the locked packages.

    Raises:
        EmulatorError: uv is missing or failed, or the package index cannot be reached.
    """
    command = [find_uv(), "sync", "--frozen", "--quiet", "--compile-bytecode", *options]
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    finished = subprocess.run(
        command,
        env={**inherited, "UV_PROJECT_ENVIRONMENT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        shutil.rmtree(folder, ignore_errors=True)  # half an environment is of no use, and the disk may be full
        raise EmulatorError(f"Cannot install {title} into {folder}: {_explanation(finished.stderr.strip())}")


def find_uv() -> str:
    """Return the path of uv: our own, or else the one on the path.

    Raises:
        EmulatorError: there is neither.
    """
    try:
        from uv import find_uv_bin  # noqa: PLC0415  (without the package, uv may still be on the path)

        return os.fsdecode(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise EmulatorError("Cannot find uv, neither in .venv nor on the path. Run `make install`.")
    return found


def _explanation(reported: str) -> str:
    numbers = [int(number) for number in SYSTEM_ERROR.findall(reported)]
    if known := [number for number in numbers if number in REMEDIES]:
        return f"{os.strerror(known[-1])}. {remedy(known[-1])} uv reported:\n{reported}"
    if any(word in reported.lower() for word in NETWORK_WORDS):
        return (
            "the package index cannot be reached. Check the network, or choose another index with "
            f"UV_DEFAULT_INDEX=<url>, and try again. uv reported:\n{reported}"
        )
    return f"uv failed. Mend the cause that it reports, and try again:\n{reported}"
