"""``python -m stack.local``, for `make install`: make the environments of emulator and handlers, and the layers."""

import sys

from stack import bundle
from stack.failure import StackError
from stack.local import ensure_environments
from stack.local.failure import explained

if __name__ == "__main__":
    try:
        ensure_environments()
        with explained(f"build the layers into {bundle.BUILDS}"):
            for name in bundle.LAYERS:
                bundle.layer(bundle.running(), bundle.host_architecture(), host=True, name=name).build()
    except StackError as failure:
        sys.exit(str(failure))
