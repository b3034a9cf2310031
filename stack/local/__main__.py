"""``python -m stack.local``: make the environments of the emulator and of the Lambda runtime, and the layers, for
``make install``.
"""

import sys

from stack import bundle
from stack.errors import StackError
from stack.local import EmulatorError, ensure_environments

if __name__ == "__main__":
    try:
        ensure_environments()
        for name in bundle.LAYERS:
            bundle.layer(bundle.running(), bundle.host_architecture(), host=True, name=name).build()
    except (EmulatorError, StackError) as failure:
        sys.exit(str(failure))
