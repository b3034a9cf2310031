"""The telemetry since the last snapshot, on disk within a tenth of a second: a kill loses no more of it.

A snapshot has the state of one moment every two minutes. Whatever is stored in between is also appended here, and read
again at the next start. Files are numbered; a snapshot names the first one that it does not contain.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import json
import logging
from typing import TYPE_CHECKING, Any

from measurements import PATCH, append_lines, scope, scoped, store_points
from ministack import app
from ministack.services import cloudwatch, cloudwatch_logs
from pinned import require_parameters
from snapshots import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

POINTS, DATUM, LINES = "points", "datum", "lines"
LOOKED_AT = 1000
"""Newest events of a stream among which a batch is looked for: a thread may write it while a snapshot is taken."""
DATUM_PARAMETERS = ("namespace", "name", "dims", "ts", "unit", "value", "values", "counts", "stat_values")
logger = logging.getLogger("stack.emulator")


class Journal:
    """The files in a folder of `state`. `snapshot`: the folder of the snapshot that the run begins with."""

    def __init__(self, state: Path, snapshot: Path) -> None:
        self._folder = state / JOURNAL
        self._folder.mkdir(exist_ok=True)
        first = _first_after(snapshot)
        self._next = max([first, *(int(file.name) for file in self._folder.iterdir())]) + 1
        self.forget(before=first)
        self._waiting = collections.deque[str]()
        self._restore_after_the_snapshot()
        self._watch()

    def points(self, metric: tuple[Any, ...], values: Mapping[float, float]) -> None:
        """Append the data points of one metric and moment: values, and how often each was noted."""
        self._append(POINTS, metric, list(values.items()))

    def write(self) -> None:
        """Write what was appended since the last call."""
        if not self._waiting:
            return
        text = "".join(self._waiting.popleft() for _ in range(len(self._waiting)))
        self.bytes += len(text)
        try:
            with (self._folder / str(self._next)).open("a") as file:
                file.write(text)
        except OSError as error:  # the snapshots fail as well, and say so
            logger.debug("Cannot write the journal of the telemetry: %s.", error.strerror or error)

    def turn(self) -> int:
        """Begin another file, and return its number: the snapshot that is taken now contains all before it."""
        self.write()
        self._next += 1
        return self._next

    def forget(self, before: int) -> None:
        """Remove the files before this number: a snapshot contains them."""
        for file in list(self._folder.iterdir()):
            if int(file.name) < before:
                with contextlib.suppress(OSError):
                    file.unlink()
        self.bytes = sum(file.stat().st_size for file in self._folder.iterdir())

    def _entries(self) -> Iterator[list[Any]]:
        for file in sorted(self._folder.iterdir(), key=lambda file: int(file.name)):
            for line in file.read_text(errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except ValueError:  # the last line of a killed run
                    break

    def _append(self, *entry: Any) -> None:
        self._waiting.append(json.dumps(entry, default=float) + "\n")

    def _restore_after_the_snapshot(self) -> None:
        """Add the entries to the stores when MiniStack has loaded them from the snapshot."""
        require_parameters(app._load_persisted_state, (), PATCH)
        load, store = app._load_persisted_state, cloudwatch._store_datum
        add: dict[str, Callable[..., None]] = {
            POINTS: _add_points,
            DATUM: functools.partial(_add_datum, store),
            LINES: _add_lines,
        }

        def load_and_restore() -> None:
            load()
            for kind, *entry in self._entries():
                add[kind](*entry)

        app._load_persisted_state = load_and_restore

    def _watch(self) -> None:
        """Append each PutMetricData, and each batch of log lines: MiniStack offers them all to subscription filters."""
        require_parameters(
            cloudwatch_logs._fanout_to_subscription_filters, ("group_name", "stream_name", "events"), PATCH
        )
        require_parameters(cloudwatch._store_datum, DATUM_PARAMETERS, PATCH)
        offer, store = cloudwatch_logs._fanout_to_subscription_filters, cloudwatch._store_datum

        def offered(group_name: str, stream_name: str, events: list[dict[str, Any]]) -> None:
            lines = [(each["timestamp"], each["message"]) for each in events if "timestamp" in each]
            self._append(LINES, (scope(), group_name, stream_name), lines)
            offer(group_name, stream_name, events)

        def stored(*datum: Any) -> None:
            store(*datum)
            self._append(DATUM, scope(), datum)

        cloudwatch_logs._fanout_to_subscription_filters, cloudwatch._store_datum = offered, stored


def _first_after(snapshot: Path) -> int:
    """Return the number of the first file after a snapshot; 0 before the first snapshot, which contains none."""
    file = snapshot / JOURNAL
    return int(file.read_text()) if file.exists() else 0


def _add_points(metric: list[Any], values: list[tuple[float, float]]) -> None:
    account_and_region, *rest = metric
    store_points((tuple(account_and_region), *rest), dict(values))


def _add_datum(store: Any, account_and_region: list[str], datum: list[Any]) -> None:
    with scoped(tuple(account_and_region)):
        store(*datum)


def _add_lines(where: list[Any], lines: list[list[Any]]) -> None:
    account_and_region, group, stream = where
    with scoped(tuple(account_and_region)):
        kept = (cloudwatch_logs._log_groups.get(group) or {"streams": {}})["streams"].get(stream)
    newest = [[each["timestamp"], each["message"]] for each in (kept["events"] if kept else [])[-LOOKED_AT:]]
    if lines and lines[0] not in newest:
        append_lines((tuple(account_and_region), group, stream), lines)
