"""Stacks to measure: each in a home of its own on a free port, started and stopped by its own command."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.api import Stack

PROJECT = Path(__file__).parents[2]
LONGEST = 300
"""Seconds that one command may take."""


def started(*arguments: str, home: Path, project: Path = PROJECT) -> subprocess.Popen[str]:
    """Begin a ``stack`` command as a fresh process, without anything of our shell's environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "stack.cli", *arguments, "--home", str(home)],
        cwd=project,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(*arguments: str, home: Path, project: Path = PROJECT) -> str:
    """Run a ``stack`` command to its end; what it printed.

    Raises:
        RuntimeError: it failed, with its last words.
        subprocess.TimeoutExpired
    """
    with started(*arguments, home=home, project=project) as process:
        try:
            printed, told = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if process.returncode:
        raise RuntimeError(f"stack {' '.join(arguments)} ended with {process.returncode}: {told[-500:]}")
    return printed


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """An empty home; what runs in it at the end is stopped."""
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        try:
            yield Path(folder, "home")
        finally:
            command("down", home=Path(folder, "home"))


@contextlib.contextmanager
def running() -> Iterator[Stack]:
    """A whole stack without demo data."""
    with home() as place:
        yield Stack(json.loads(command("up", "--port", "0", "--no-seed", "--json", home=place)))


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A copy of the project whose handlers may be edited; the installed environments are shared."""
    with tempfile.TemporaryDirectory(prefix="stack-bench-") as folder:
        for name in ("stack", "handlers", "seed"):
            shutil.copytree(PROJECT / name, Path(folder, name))
        for name in ("pyproject.toml", "uv.lock"):
            shutil.copy(PROJECT / name, folder)
        for name in (".venv-emulator", ".venv-runtime"):
            Path(folder, name).symlink_to(PROJECT / name)
        yield Path(folder)
