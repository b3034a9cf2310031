"""``python -m stack.local.ready``: the health check of a container. Is this home's emulator provisioned and seeded?

Exits 0 in silence, or 1 with the reason. Imports the standard library alone, because it runs every two seconds.
"""

from __future__ import annotations

import sys

from stack.local.failure import EmulatorError
from stack.local.health import is_ready
from stack.local.home import Home, default_home


def why_not() -> str | None:
    """Return what is missing, or None when all of it works."""
    home = Home(default_home())
    try:
        record = home.record()
        if record is None or not home.held():
            return f"no emulator runs in {home.path} yet"
    except EmulatorError as error:
        return str(error)
    return None if is_ready(record.endpoint_url) else f"{record.endpoint_url} is not provisioned and seeded yet"


if __name__ == "__main__":
    sys.exit(why_not())
