"""The failures of starting, reading and stopping the emulator, and one sentence for each error of the system."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from stack.failure import StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

ANOTHER_HOME = "choose another home with STACK_HOME=<folder>"
NO_ROOM = "Make room on that disk"
NO_RIGHT = "Run the command as the user who owns it, or change its owner or mode"
A_FILE = "Remove the file that lies where a folder is needed"
NO_LOCKS = "Use a folder on a local disk, because some network drives have no locks"
TOO_MANY = "Close other programs, or raise the limit of open files (ulimit -n)"
REMEDIES = {
    errno.ENOSPC: NO_ROOM,
    errno.EDQUOT: NO_ROOM,
    errno.EACCES: NO_RIGHT,
    errno.EPERM: NO_RIGHT,
    errno.EROFS: "Mount its file system so that it can be written to",
    errno.ENOTDIR: A_FILE,
    errno.EEXIST: A_FILE,
    errno.ENOLCK: NO_LOCKS,
    errno.ENOTSUP: NO_LOCKS,
    errno.ENOSYS: NO_LOCKS,
    errno.EMFILE: TOO_MANY,
    errno.ENFILE: TOO_MANY,
}


class EmulatorError(StackError):
    """The emulator cannot be started, read or stopped."""


@contextlib.contextmanager
def explained(attempt: str, instead: str | None = None) -> Iterator[None]:
    """Turn an error of the operating system into a sentence.

    Raises:
        EmulatorError: "Cannot ``attempt``: the system's own words. A remedy, or ``instead``."
    """
    try:
        yield
    except OSError as error:
        raise EmulatorError(f"Cannot {attempt}: {cause(error)}. {remedy(error.errno, instead)}") from error


def cause(error: OSError) -> str:
    """Return the system's own words, and the file that it names."""
    words = error.strerror or str(error) or type(error).__name__
    return f"{words} ({os.fsdecode(error.filename)})" if isinstance(error.filename, str | bytes) else words


def remedy(number: int | None, instead: str | None = None) -> str:
    """Return the next step after the error ``number`` (an errno), ending in a full stop."""
    known = REMEDIES.get(number or 0)
    if known and instead:
        return f"{known}, or {instead}."
    step = known or instead or "try again"
    return f"{step[0].upper()}{step[1:]}."
