"""The verb ``down``. It imports nothing of the topology, so that it stops the emulator whatever is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stack.cli.codes import OK
from stack.cli.printing import say
from stack.local import emulator_stop

if TYPE_CHECKING:
    from stack.cli.options import Options


def down(options: Options) -> int:
    """Stop the emulator."""
    if emulator_stop(options.home, say=say):
        say("emulator stopped; its data stays for the next `stack up`")
    else:
        say(f"no emulator runs in {options.home}")
    return OK
