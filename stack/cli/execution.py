"""One run of a verb: import its code, run it, and turn how it ends into an exit code and a sentence."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stack.cli.codes import FAILED, INTERRUPTED, OK

if TYPE_CHECKING:
    from stack.cli.context import Context
    from stack.cli.options import Options

PROJECT = Path(__file__).parents[2]


def execute(code: str, options: Options, *, target: bool) -> int:
    """Run the function that ``code``, ``module:function``, names, and return the exit code.

    It takes a ``Context`` of the options if it needs a ``target``, and else the options.
    """
    try:
        ended = _run(code, options, target=target)
        sys.stdout.flush()  # so that a closed pipe is found here, and not while Python ends
    except SyntaxError as error:
        if not error.filename or not Path(error.filename).is_relative_to(PROJECT):
            raise
        where = Path(error.filename).relative_to(PROJECT)
        return _failed(options, f"Cannot read {where}: line {error.lineno}: {error.msg}. Correct it and try again.")
    except KeyboardInterrupt as stop:
        done = f": {stop}" if str(stop) else ""
        print(f"\nstack {options.verb}: interrupted{done}. Run it again: it goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return ended


def _run(code: str, options: Options, *, target: bool) -> int:
    from stack.errors import StackError, explain
    from stack.local import EmulatorError

    module, _, function = code.partition(":")
    verb: Callable[[Context | Options], int] = getattr(importlib.import_module(module), function)
    try:
        with explain(f"Cannot finish {options.verb}"):
            return verb(_context(options) if target else options)
    except (StackError, EmulatorError) as error:
        return _failed(options, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        path = f" ({error.filename})" if error.filename else ""
        return _failed(options, f"Cannot finish {options.verb}: {error.strerror or error}{path}.")


def _context(options: Options) -> Context:
    from stack.cli.context import Context

    return Context(options)


def _failed(options: Options, sentence: str) -> int:
    print(f"stack {options.verb}: {sentence}", file=sys.stderr)
    return FAILED
