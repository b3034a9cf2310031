"""The version that wrote a home's data, so that an older version does not work in data that it may not understand.

An image pulled back to yesterday's tag meets the volume of today's. Newer code reads older data: the provisioner brings
it to the declared topology. Older code in newer data is untried, and refused.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stack.local.environments import EMULATOR, PROJECT
from stack.local.failure import ANOTHER_HOME, EmulatorError, explained

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DataVersion:
    """The versions, dotted, of this project and of MiniStack, which defines the format of the data."""

    project: str
    ministack: str

    def newer_than(self, other: DataVersion) -> bool:
        """Whether either version is higher."""
        pairs = ((self.project, other.project), (self.ministack, other.ministack))
        return any(_numbers(mine) > _numbers(theirs) for mine, theirs in pairs)

    def __str__(self) -> str:
        return f"version {self.project} with MiniStack {self.ministack}"


@functools.cache
def ours() -> DataVersion:
    """Return the version of the code that runs now."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    emulator = tomllib.loads((EMULATOR / "pyproject.toml").read_text())["project"]
    pinned = (each.removeprefix("ministack==") for each in emulator["dependencies"] if each.startswith("ministack=="))
    return DataVersion(project["version"], next(pinned))


def refuse_newer(home: Path) -> None:
    """Refuse data that a newer version wrote last.

    Raises:
        EmulatorError: such data lies in ``home``, or it cannot be read.
    """
    with explained(f"read the version of the data in {home}", ANOTHER_HOME):
        try:
            written = DataVersion(**json.loads(_file(home).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return
    if written.newer_than(ours()):
        raise EmulatorError(
            f"Cannot use the data in {home}: it was written by {written}, and this is {ours()}, which may not "
            "understand it. Nothing was touched. Use the version that wrote it, or forget the data: "
            "`stack up --fresh`, in containers `docker compose down -v`."
        )


def sign(home: Path) -> None:
    """Note that this version writes the data of ``home`` from now on.

    Raises:
        EmulatorError: the note cannot be written.
    """
    with explained(f"note the version of the data in {home}", ANOTHER_HOME):
        _file(home).write_text(json.dumps(asdict(ours())))


def _file(home: Path) -> Path:
    return home / "version.json"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
