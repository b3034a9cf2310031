"""``python -m stack.local.ready``: whether this home's emulator is provisioned and seeded. A container's health check.

Exit 0 and silence, or 1 and why not. Of the standard library only, for it runs every two seconds.
"""

from __future__ import annotations

import sys

from stack.local.health import is_ready
from stack.local.home import Home
from stack.local.process import default_home


def why_not() -> str | None:
    """What is missing, or None when all of it works."""
    home = Home(default_home())
    record = home.record()
    if record is None or not home.held():
        return f"no emulator runs in {home.path} yet"
    return None if is_ready(record.endpoint_url) else f"{record.endpoint_url} is not provisioned and seeded yet"


if __name__ == "__main__":
    sys.exit(why_not())
