"""`python -m stack.local`: make the environments of the emulator and of the Lambda runtime, for `make
install`.
"""

import sys

from stack.local import EmulatorError, ensure_environments

if __name__ == "__main__":
    try:
        ensure_environments()
    except EmulatorError as failure:
        sys.exit(str(failure))
