"""Locks on files, which the system lets go of when their holder ends, in whatever way it ends.

``flock`` belongs to the open file, so a child process that inherits the descriptor holds the lock as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until nobody else holds the lock, and hold it.

    Raises:
        OSError: the file cannot be opened, or its file system has no locks.
    """
    with _opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def shared(path: Path) -> Iterator[int]:
    """Hold the lock beside others who share it; the descriptor, for a child process to inherit.

    Raises:
        OSError: as for ``exclusive``.
    """
    with _opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield descriptor


def is_held(path: Path) -> bool:
    """Whether some process holds the lock exclusively.

    Raises:
        OSError: the file cannot be read, or its file system has no locks.
    """
    return not _can_take(path, fcntl.LOCK_SH)  # shared, so that two who ask at once do not see each other


def is_used(path: Path) -> bool:
    """Whether some process holds the lock, shared or exclusively.

    Raises:
        OSError: as for ``is_held``.
    """
    return not _can_take(path, fcntl.LOCK_EX)


def _can_take(path: Path, operation: int) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open the file, and make it only if it is missing: in a container the project may only be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
