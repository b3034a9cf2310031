"""Which version wrote a home's data, so that an older one does not work in what it may not understand.

An image pulled back to yesterday's tag meets the volume of today's. Newer code reads older data (the provisioner
brings what is there to the declared topology); the other way round nobody has tried, so it is refused.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stack.local.environments import EMULATOR, PROJECT
from stack.local.failure import EmulatorError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class DataVersion:
    """Versions, dotted, of this project and of MiniStack, whose documents the data are."""

    project: str
    ministack: str

    def newer_than(self, other: DataVersion) -> bool:
        """Whether either part is."""
        pairs = ((self.project, other.project), (self.ministack, other.ministack))
        return any(_numbers(mine) > _numbers(theirs) for mine, theirs in pairs)

    def __str__(self) -> str:
        return f"version {self.project} with MiniStack {self.ministack}"


@functools.cache
def ours() -> DataVersion:
    """That of the code which runs now."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    emulator = tomllib.loads((EMULATOR / "pyproject.toml").read_text())["project"]
    pinned = (each.removeprefix("ministack==") for each in emulator["dependencies"] if each.startswith("ministack=="))
    return DataVersion(project["version"], next(pinned))


def refuse_newer(home: Path) -> None:
    """Look who wrote the data of ``home`` last.

    Raises:
        EmulatorError: a newer version did.
    """
    try:
        written = DataVersion(**json.loads(_file(home).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return
    if written.newer_than(ours()):
        raise EmulatorError(
            f"The data in {home} was written by {written}; this is {ours()}, which may not understand it. Nothing "
            "was touched. Use the version that wrote it, or forget the data: `stack up --fresh`, in containers "
            "`docker compose down -v`."
        )


def sign(home: Path) -> None:
    """Note that the data of ``home`` is ours from now on."""
    _file(home).write_text(json.dumps(asdict(ours())))


def _file(home: Path) -> Path:
    return home / "version.json"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
