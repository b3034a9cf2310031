"""``python -m stack.cli``: the ``stack`` command."""

import sys

from stack.cli.main import main

sys.exit(main())
