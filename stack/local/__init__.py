"""The embedded emulator: all of AWS that the stack needs, in one process, without Docker or an account."""

from stack.local.environments import ensure_environments, handlers_python
from stack.local.failure import EmulatorError
from stack.local.home import default_home
from stack.local.running import Running, emulator_status, require_python, require_region, snapshot
from stack.local.start import DEFAULT_PORT, emulator_start
from stack.local.stop import emulator_stop

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
    "require_python",
    "require_region",
    "snapshot",
]
