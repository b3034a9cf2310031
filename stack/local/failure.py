"""The failures of starting, reading and stopping the emulator."""

from __future__ import annotations

from stack.failure import StackError


class EmulatorError(StackError):
    """The emulator cannot be started, read or stopped."""
