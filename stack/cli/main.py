"""The ``stack`` command. ``verbs`` declares the verbs, ``options`` their options, ``execution`` runs one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from stack.cli.codes import FAILED, INTERRUPTED
from stack.cli.verbs import stack

WIDTH = 100
"""Columns of a help text, on a terminal that has as many."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code. A wrong command line is 1, for 2 means that differences were found."""
    given = None if arguments is None else list(arguments)
    try:
        return int(stack().main(given, "stack", standalone_mode=False, max_content_width=WIDTH) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
    except click.UsageError as error:
        if error.ctx:
            print(error.ctx.get_usage(), file=sys.stderr)
        path = error.ctx.command_path if error.ctx else "stack"
        sentence = error.format_message().rstrip(".")
        stop = "" if sentence.endswith(("?", "?)")) else "."
        print(f"{path}: {sentence}{stop} Run `{path} --help` for its options.", file=sys.stderr)
    except click.Abort:
        print("\nstack: interrupted.", file=sys.stderr)
        return INTERRUPTED
    return FAILED
