"""The exit codes of every verb."""

OK, FAILED, DIFFERENT, INTERRUPTED = 0, 1, 2, 130
