"""Redeploy when a handler is saved.

By a new process each time: the one that watches has imported the contract, from which gateway and functions are made,
and Python does not forget a module. What does not compile or start is refused by `stack apply`, and the version before
it goes on serving.
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
from stack.local.process import Say

HANDLERS = PROJECT / "handlers"


def redeploy_on_change(apply: Sequence[str], say: Say, stop: Event | None = None) -> None:
    """Run ``stack apply`` with these arguments whenever a file of the handlers changes, until ``stop`` or Ctrl-C."""
    for changes in watch(HANDLERS, watch_filter=PythonFilter(), stop_event=stop):
        names = sorted({Path(path).relative_to(HANDLERS).as_posix() for _, path in changes})
        say(f"changed: {', '.join(names)}")
        begun = time.monotonic()
        code = subprocess.run([sys.executable, "-m", "stack.cli", *apply], cwd=PROJECT, check=False).returncode
        say(
            f"live after {time.monotonic() - begun:.1f} s"
            if code == 0
            else "not deployed; what served before still does"
        )


@contextmanager
def redeploying(apply: Sequence[str], say: Say) -> Iterator[None]:
    """Do so beside whatever else this process does."""
    stop = Event()
    watcher = Thread(target=redeploy_on_change, args=(apply, say, stop), name="watch")
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
