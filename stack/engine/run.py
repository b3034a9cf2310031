"""One apply in progress: many changes at a time, each persisted in until it is done or cannot be.

What fails in passing is looked at again and decided anew, whatever it was: an answer lost, AWS busy or failing
inside, another run that got in between. No write is ever sent a second time blindly: its first try may have been
done, and AWS lets much exist twice. So the look finds what the lost answer told, goes on from there, and finishes
what another run left half done. A change is given up when so many looks in a row show nothing new.
"""

from __future__ import annotations

import graphlib
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from stack.engine.kind import Kind
from stack.engine.model import Action, Change, Desired, Live, Owner, compare, digest, resolve
from stack.engine.stamps import owner_tags, stamp_tags
from stack.errors import Doubt, Interrupted, NotKept, Overtaken, StackError, doubt, explain, sentence

if TYPE_CHECKING:
    from stack.engine.engine import Engine
    from stack.engine.permission import Permission

TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE, CALM = 0.1, 5.0, 0.5
SETTLE_SECONDS = 20.0
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one change ended. ``error`` is a sentence; ``skipped`` names what it waited for in vain."""

    change: Change
    seconds: float = 0.0
    error: str | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How an apply ended, and the outputs of every resource that now exists."""

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


class Run:
    """One apply in progress: what is begun and done, what came of it, and what it put out."""

    def __init__(self, engine: Engine, permission: Permission, observer: Observer) -> None:
        self.engine, self.permission, self.observer = engine, permission, observer
        self.outcomes: list[Outcome] = []
        self.outputs: dict[str, Mapping[str, str]] = {}
        self.failed: set[str] = set()
        self._begun: set[str] = set()
        self._done: set[str] = set()

    def changes(self, wanted: Mapping[str, Change], pool: ThreadPoolExecutor) -> None:
        """Start each change once all it refers to is done, many at a time."""
        sorter = graphlib.TopologicalSorter({a: c.desired.refs for a, c in wanted.items() if c.desired})
        sorter.prepare()
        running: dict[Future[tuple[float, Live[Any] | None, str | None]], str] = {}
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
                address = running.pop(future)
                seconds, live, error = future.result()
                self._end(Outcome(wanted[address], seconds, error))
                if live and not error:
                    self.outputs[address] = live.outputs
                    sorter.done(address)
        self._skip(wanted)

    def deletions(self, deletions: Sequence[Change], pool: ThreadPoolExecutor) -> None:
        """Delete kind by kind, the last created first; within a kind many at a time."""
        for kind in reversed(list(self.engine.kinds.values())):
            of_kind = [c for c in deletions if c.kind == kind.name]
            for change, (seconds, _, error) in zip(of_kind, pool.map(self._timed, of_kind), strict=True):
                self._end(Outcome(change, seconds, error))

    def interrupted(self, planned: Iterable[Change]) -> Interrupted:
        """Say how far it came, once everything has stopped."""
        pending = [c.address for c in planned if c.action not in {Action.NOTHING, Action.KEEP}]
        middle = [address for address in pending if address in self._begun - self._done]
        open_ = [address for address in pending if address not in self._begun]
        told = [f"{len(self._done)} of {len(pending)} changes were done"]
        told += [f"stopped in the middle of {', '.join(middle)}"] if middle else []
        told += [f"not begun: {', '.join(open_)}"] if open_ else []
        return Interrupted("; ".join(told))

    def _timed(self, change: Change) -> tuple[float, Live[Any] | None, str | None]:
        start = time.monotonic()
        self._begun.add(change.address)
        self.observer.begun(change)
        try:
            live = self._persist(change)
        except Exception as error:  # noqa: BLE001 (one failure must not hide the others' outcomes)
            return time.monotonic() - start, None, sentence(error)
        self._done.add(change.address)
        return time.monotonic() - start, live, None

    def _persist(self, change: Change) -> Live[Any] | None:
        """Do it; after a failure in passing look again and decide anew, until it is done or nothing moves any more."""
        live, vain, why = change.live, 0, None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if why:
                    seen = self._calm(change) if why is Doubt.OVERTAKEN else self._look(change)
                    live, vain = seen, vain if seen == live else 0
                return self._gone(change, live) if change.action is Action.DELETE else self._bring(change, live)
            except Exception as error:
                why = doubt(error)
                if not why:
                    raise
                if vain == TRIES or time.monotonic() > deadline:
                    raise StackError(f"{sentence(error)} ({why.value}); tried {vain} times; apply again") from error
            time.sleep(min(FIRST_PAUSE * 2**vain, LONGEST_PAUSE) * random.uniform(0.5, 1))  # noqa: S311 (jitter)
            vain += 1

    def _bring(self, change: Change, live: Live[Any] | None) -> Live[Any]:
        """Do one decision anew, now that all it refers to is known, and return what exists then."""
        assert change.desired
        decided = self.engine.decide(change.desired, live, self.outputs, self.permission)
        desired, kind = resolve(change.desired, self.outputs), self._kind(change)
        owner = Owner(self.engine.stack, desired.address)
        if decided.action is Action.REFUSE:
            raise StackError(decided.reason)
        if decided.action is Action.NOTHING and live:
            return live
        if decided.action is Action.REPLACE and live:
            kind.delete(live)
        if decided.action in {Action.CREATE, Action.REPLACE}:
            kind.create(desired, owner_tags(owner))
        if decided.action is Action.UPDATE and live:
            changed = {d.field for d in decided.differences} | set(self.engine.unreadable(desired.kind))
            kind.update(live, desired, frozenset(changed))
        live = self._settled(kind, desired)
        kind.stamp(live, stamp_tags(owner, digest(desired.props)))
        return live

    def _gone(self, change: Change, live: Live[Any] | None) -> Live[Any] | None:
        """Delete it, unless it is no longer ours; nothing exists then."""
        if live and live.owner == Owner(self.engine.stack, change.address):
            self._kind(change).delete(live)
        return None

    def _settled(self, kind: Kind[Any], desired: Desired[Any]) -> Live[Any]:
        """Read back until all is as declared: at once on an emulator, within seconds on AWS."""
        hidden, pause = frozenset(self.engine.unreadable(desired.kind)), 0.05
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            live = kind.read(desired.name)
            left = compare(live.props, desired.props) if live else ()
            left = tuple(d for d in left if d.field not in hidden)
            if live and not left:
                return live
            told = "; ".join(f"{d.path} reads {d.old!r}, not {d.new!r}" for d in left) or "nothing can be read"
            if any(d.new == () for d in left):
                # What should not be there at all was added meanwhile: waiting does not take it away.
                raise Overtaken(f"wrote {desired.name} but {told}")
            if time.monotonic() > deadline:
                raise NotKept(f"wrote {desired.name} but {told}: the target keeps something else, or another run does")
            time.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _look(self, change: Change) -> Live[Any] | None:
        with explain(f"could not look at {change.address} ({change.name}) again"):
            return self._kind(change).read(change.name)

    def _calm(self, change: Change) -> Live[Any] | None:
        """Look until two looks are the same: two runs that write at once would keep undoing each other's parts."""
        deadline, live = time.monotonic() + PATIENCE_SECONDS, self._look(change)
        while time.monotonic() < deadline:
            time.sleep(CALM)
            before, live = live, self._look(change)
            if live == before:
                break
        return live

    def _kind(self, change: Change) -> Kind[Any]:
        return self.engine.kinds[change.kind]

    def _skip(self, wanted: Mapping[str, Change]) -> None:
        ended = {outcome.change.address for outcome in self.outcomes} | self.outputs.keys()
        for address, change in wanted.items():
            if address not in ended and change.desired:
                lacking = sorted(change.desired.refs - self.outputs.keys())
                self._end(Outcome(change, skipped=", ".join(lacking)))

    def _end(self, outcome: Outcome) -> None:
        if outcome.error or outcome.skipped:
            self.failed.add(outcome.change.address)
        self.outcomes.append(outcome)
        self.observer.ended(outcome)
