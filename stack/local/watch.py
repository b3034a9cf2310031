"""Redeploy when a handler is saved.

A new process deploys each time: the process that watches has imported the contract, from which gateway and functions
are made, and Python keeps a module that it has imported. `stack apply` refuses a version that does not compile or does
not start, and the version before goes on serving.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from watchfiles import PythonFilter, watch

from stack.local.environments import PROJECT
from stack.local.failure import EmulatorError
from stack.local.stop import Say

HANDLERS = PROJECT / "handlers"


def redeploy_on_change(apply: Sequence[str], say: Say, stop: Event | None = None) -> None:
    """Run ``stack apply`` with these arguments at each change of a handler's file, until ``stop`` or Ctrl-C.

    Raises:
        EmulatorError: the system cannot watch the folder.
    """
    for names in _changes(stop):
        say(f"changed: {', '.join(names)}")
        begun = time.monotonic()
        code = subprocess.run([sys.executable, "-m", "stack.cli", *apply], cwd=PROJECT, check=False).returncode
        seconds = time.monotonic() - begun
        say("not deployed; the version before still serves" if code else f"live after {seconds:.1f} s")


@contextmanager
def redeploying(apply: Sequence[str], say: Say) -> Iterator[None]:
    """Redeploy on change in a thread, for as long as the block runs."""
    stop = Event()
    watcher = Thread(target=_watch, args=(apply, say, stop), name="watch")
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _changes(stop: Event | None) -> Iterator[list[str]]:
    """Yield the names of the files that changed, a list for each burst of changes."""
    try:
        for changes in watch(HANDLERS, watch_filter=PythonFilter(), stop_event=stop):
            yield sorted({Path(path).relative_to(HANDLERS).as_posix() for _, path in changes})
    except (OSError, RuntimeError) as error:  # watchfiles raises either where the system can watch no more files
        raise EmulatorError(
            f"Cannot watch {HANDLERS}: {error}. Close other programs that watch files, or run `stack apply` yourself "
            "after each change."
        ) from error


def _watch(apply: Sequence[str], say: Say, stop: Event) -> None:
    try:
        redeploy_on_change(apply, say, stop)
    except EmulatorError as error:  # the stack that runs beside goes on without
        say(str(error))
