"""What can go wrong while starting or stopping the emulator: always a sentence that says what to do next."""

from __future__ import annotations


class EmulatorError(RuntimeError):
    """Says what was attempted, on what, what came back and what to do next. To be printed as it is."""
