"""The embedded emulator: the whole of AWS that we need, in one process, without Docker or account."""

from stack.local.environments import ensure_environments, handlers_python
from stack.local.failure import EmulatorError
from stack.local.process import (
    DEFAULT_PORT,
    Running,
    default_home,
    emulator_start,
    emulator_status,
    emulator_stop,
    snapshot,
)

__all__ = [
    "DEFAULT_PORT",
    "EmulatorError",
    "Running",
    "default_home",
    "emulator_start",
    "emulator_status",
    "emulator_stop",
    "ensure_environments",
    "handlers_python",
    "snapshot",
]
