"""One apply in progress: the order of the changes, many at a time, and how each ended."""

from __future__ import annotations

import graphlib
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from stack.engine.attempt import Attempt
from stack.engine.compare import dependencies
from stack.engine.model import Action, Change, Live
from stack.errors import Interrupted, sentence

if TYPE_CHECKING:
    from stack.engine.permission import Permission
    from stack.engine.registry import Registry


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one change. ``error`` is a sentence; ``skipped`` names the failed addresses that it needed."""

    change: Change
    seconds: float = 0.0
    error: str | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The end of an apply, with the outputs of every resource that now exists, by address."""

    outcomes: tuple[Outcome, ...]
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.error or outcome.skipped)


class Observer(Protocol):
    """Follows an apply, for progress on a screen. Both methods are called from several threads."""

    def begun(self, change: Change) -> None:
        """A change starts."""

    def ended(self, outcome: Outcome) -> None:
        """A change was done, failed or was skipped."""


class Unobserved:
    """An observer that shows nothing."""

    def begun(self, change: Change) -> None:
        """See ``Observer``."""

    def ended(self, outcome: Outcome) -> None:
        """See ``Observer``."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of one attempt."""

    seconds: float
    live: Live[Any] | None = None
    error: str | None = None


class Run:
    """One apply in progress: begun and ended changes, their outcomes, and the outputs of what exists."""

    def __init__(self, registry: Registry, permission: Permission, observer: Observer) -> None:
        self.kinds, self.observer = registry.kinds, observer
        self.outcomes: list[Outcome] = []
        self.outputs: dict[str, Mapping[str, str]] = {}
        self.failed: set[str] = set()
        self._attempt = Attempt(registry, permission, self.outputs)
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._first_with: dict[str, str] = {}

    def changes(self, wanted: Mapping[str, Change], pool: ThreadPoolExecutor) -> None:
        """Start each change once every resource to which it refers is done, many at a time."""
        sorter = graphlib.TopologicalSorter({a: dependencies(c.desired) for a, c in wanted.items() if c.desired})
        sorter.prepare()
        running: dict[Future[_Ended], str] = {}
        while sorter.is_active():
            for address in sorter.get_ready():
                change = wanted[address]
                if change.action is Action.NOTHING and change.live:
                    self.outputs[address] = change.live.outputs
                    sorter.done(address)
                else:
                    running[pool.submit(self._timed, change)] = address
            if not running:
                if not sorter.is_active() or self.failed:
                    break
                continue
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                address, ended = running.pop(future), future.result()
                self._end(Outcome(wanted[address], ended.seconds, self._said_once(address, ended.error)))
                if ended.live and not ended.error:
                    self.outputs[address] = ended.live.outputs
                    sorter.done(address)
        self._skip(wanted)

    def deletions(self, deletions: Sequence[Change], pool: ThreadPoolExecutor) -> None:
        """Delete kind by kind, the last created kind first; within a kind many at a time."""
        for kind in reversed(list(self.kinds)):
            of_kind = [change for change in deletions if change.kind == kind]
            for change, ended in zip(of_kind, pool.map(self._timed, of_kind), strict=True):
                self._end(Outcome(change, ended.seconds, self._said_once(change.address, ended.error)))

    def interrupted(self, planned: Iterable[Change]) -> Interrupted:
        """The progress as an exception, once every worker has stopped."""
        pending = [c.address for c in planned if c.action not in {Action.NOTHING, Action.KEEP}]
        middle = [address for address in pending if address in self._begun - self._done]
        open_ = [address for address in pending if address not in self._begun]
        parts = [f"{len(self._done)} of {len(pending)} changes were done"]
        parts += [f"stopped in the middle of {', '.join(middle)}"] if middle else []
        parts += [f"not begun: {', '.join(open_)}"] if open_ else []
        return Interrupted("; ".join(parts))

    def _timed(self, change: Change) -> _Ended:
        start = time.monotonic()
        self._begun.add(change.address)
        self.observer.begun(change)
        try:
            live = self._attempt.carry_out(change)
        except Exception as error:  # noqa: BLE001 (one failure must not hide the others' outcomes)
            return _Ended(time.monotonic() - start, error=sentence(error))
        self._done.add(change.address)
        return _Ended(time.monotonic() - start, live)

    def _skip(self, wanted: Mapping[str, Change]) -> None:
        ended = {outcome.change.address for outcome in self.outcomes} | self.outputs.keys()
        for address, change in wanted.items():
            if address not in ended and change.desired:
                lacking = sorted(dependencies(change.desired) - self.outputs.keys())
                self._end(Outcome(change, skipped=", ".join(lacking)))

    def _said_once(self, address: str, error: str | None) -> str | None:
        """The error of a change; a reference to the change that failed first with the same error."""
        if error is None:
            return None
        first = self._first_with.setdefault(error, address)
        return error if first == address else f"for the same reason as {first}"

    def _end(self, outcome: Outcome) -> None:
        if outcome.error or outcome.skipped:
            self.failed.add(outcome.change.address)
        self.outcomes.append(outcome)
        self.observer.ended(outcome)
