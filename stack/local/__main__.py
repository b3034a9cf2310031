"""``python -m stack.local``: make the environments of the emulator and of the Lambda runtime, and the layer, for
``make install``.
"""

import sys

from stack import bundle
from stack.failures import StackError
from stack.local import EmulatorError, ensure_environments

if __name__ == "__main__":
    try:
        ensure_environments()
        bundle.layer(bundle.running(), bundle.host_architecture(), host=True).build()
    except (EmulatorError, StackError) as failure:
        sys.exit(str(failure))
