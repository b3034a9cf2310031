"""Compare what is declared with what exists, decide, and carry the decisions out. Never calls AWS itself.

    plan    read everything at once, in parallel; then decide address by address in dependency order
    apply   carry out the same decisions, each as soon as what it refers to is done; deletions last, in reverse

AWS is the state: a resource is found again by its name and known as ours by its owner tag. Every change ends with
the *stamp*, a tag with the fingerprint of what was applied, so that work cut short looks unfinished to the next
run. After each change the resource is read back and must equal what was declared: a target that keeps something
else is an error here, not a surprise later. What this costs: one more read for each resource changed.
"""

from __future__ import annotations

import graphlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from stack.failures import NotKept, StackError, TopologyError, Unimplemented, explain
from stack.kinds.base import Kind
from stack.model import (
    Action,
    Change,
    Desired,
    Difference,
    Live,
    Owner,
    Plan,
    compare,
    digest,
    is_known,
    order,
    resolve,
)
from stack.stamps import owner_tags, stamp_tags

WORKERS = 16
SETTLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be lost: addresses whose data may be replaced or deleted; ``all_data`` allows every deletion."""

    replace: frozenset[str] = frozenset()
    delete: frozenset[str] = frozenset()
    all_data: bool = False

    def to_delete(self, address: str) -> bool:
        return self.all_data or address in self.delete


NOTHING_MAY_BE_LOST = Permission()


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


class Engine:
    """The decisions, over ``kinds`` in their order of creation, for the stack called ``stack``.

    ``unreadable(kind)`` names the properties that this target cannot read back: those are compared by the stamp.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind[Any]],
        stack: str,
        unreadable: Callable[[str], Collection[str]] = lambda _: frozenset(),
    ) -> None:
        self.kinds, self.stack, self.unreadable = kinds, stack, unreadable

    def plan(self, topology: Sequence[Desired[Any]], permission: Permission = NOTHING_MAY_BE_LOST) -> Plan:
        """Decide for every declared address and for all of ours that is declared no longer. Reads only.

        Raises:
            TopologyError: the declaration is impossible; nothing was read.
            StackError: something could not be read, or is not there at all on this target; a line for each kind.
        """
        sequence = self._sequence(topology)
        by_address = {desired.address: desired for desired in topology}
        with ThreadPoolExecutor(WORKERS) as pool:
            strays = {kind.name: pool.submit(self._strays, kind, topology) for kind in self.kinds.values()}
            reads = {a: pool.submit(self._read, d) for a, d in by_address.items()}
        _refuse_unread({**strays, **reads})
        live = {address: read.result() for address, read in reads.items()}
        ours = [found for stray in strays.values() for found in stray.result()]
        changes: list[Change] = []
        outputs: dict[str, Mapping[str, str]] = {}
        for address in sequence:
            change = self._decide(by_address[address], live[address], outputs, permission)
            changes.append(change)
            if (known := live[address]) and self._keeps_outputs(change):
                outputs[address] = known.outputs
        return Plan((*changes, *self._deletions(ours, permission)))

    def apply(
        self,
        plan: Plan,
        permission: Permission = NOTHING_MAY_BE_LOST,
        tell: Callable[[Outcome], None] = lambda _: None,
    ) -> Report:
        """Carry out ``plan``. What does not depend on a failure is still done; ``tell`` hears each end.

        Raises:
            StackError: the plan has a refusal; nothing was written.
        """
        if plan.refused:
            raise StackError("\n".join(f"{c.address}: {c.reason}" for c in plan.refused))
        wanted = {c.address: c for c in plan.changes if c.desired}
        run = _Run(self, permission, tell)
        with ThreadPoolExecutor(WORKERS) as pool:
            run.changes(wanted, pool)
            if not run.failed:
                run.deletions([c for c in plan.changes if c.action is Action.DELETE], pool)
        return Report(tuple(run.outcomes), run.outputs)

    def _sequence(self, topology: Sequence[Desired[Any]]) -> tuple[str, ...]:
        for desired in topology:
            if desired.kind not in self.kinds:
                raise TopologyError(
                    f"{desired.address}: there is no kind {desired.kind!r}, only {', '.join(self.kinds)}"
                )
        try:
            return tuple(graphlib.TopologicalSorter(order(topology)).static_order())
        except graphlib.CycleError as error:
            raise TopologyError(f"these refer to each other in a circle: {' → '.join(error.args[1])}") from error

    def _read(self, desired: Desired[Any]) -> Live[Any] | None:
        with explain(f"could not read {desired.address} ({desired.name})"):
            return self.kinds[desired.kind].read(desired.name)

    def _strays(self, kind: Kind[Any], topology: Sequence[Desired[Any]]) -> list[tuple[Kind[Any], Live[Any]]]:
        declared = {desired.name for desired in topology if desired.kind == kind.name}
        with explain(f"could not list what there is of {kind.name}"):
            found = [kind.read(name) for name in sorted(set(kind.names()) - declared)]
        return [(kind, live) for live in found if live and live.owner and live.owner.stack == self.stack]

    def _deletions(self, strays: Iterable[tuple[Kind[Any], Live[Any]]], permission: Permission) -> Iterator[Change]:
        last_first = list(self.kinds)[::-1]
        for kind, live in sorted(strays, key=lambda each: (last_first.index(each[0].name), each[1].name)):
            assert live.owner
            address, lost = live.owner.address, kind.contents(live)
            if kind.holds_data and not permission.to_delete(address):
                reason = f"it holds data{f' ({lost})' if lost else ''}; to delete it say --delete {address}"
                yield Change(address, live.name, Action.KEEP, reason, live=live)
            else:
                yield Change(address, live.name, Action.DELETE, f"with {lost}" if lost else "", live=live)

    def _keeps_outputs(self, change: Change) -> bool:
        changing = {Action.CREATE, Action.REPLACE, Action.REFUSE}
        if change.desired and self.kinds[change.desired.kind].update_changes_outputs:
            changing = {*changing, Action.UPDATE}
        return change.action not in changing

    def _decide(  # noqa: PLR0911 (a row of the table is a return)
        self,
        declared: Desired[Any],
        live: Live[Any] | None,
        outputs: Mapping[str, Mapping[str, str]],
        permission: Permission,
    ) -> Change:
        """The table of the design, one row a branch."""
        desired, kind = resolve(declared, outputs), self.kinds[declared.kind]

        def change(action: Action, reason: str = "", differences: tuple[Difference, ...] = ()) -> Change:
            return Change(declared.address, declared.name, action, reason, differences, declared, live)

        if live is None:
            return change(Action.CREATE, "new")
        if live.owner != Owner(self.stack, declared.address):
            return change(Action.REFUSE, _foreign(live))
        hidden = frozenset(self.unreadable(declared.kind))
        differences = tuple(d for d in compare(live.props, desired.props) if d.field not in hidden)
        current = is_known(desired.props) and live.applied == digest(desired.props)
        if not differences and current:
            return change(Action.NOTHING)
        reason = "drift" if current else "topology changed" if live.applied else "unfinished earlier run"
        if frozen := sorted({d.field for d in differences} & kind.immutable):
            reason = f"replace because {', '.join(frozen)} cannot be changed in place"
            if kind.holds_data and declared.address not in permission.replace:
                lost = kind.contents(live)
                hint = f"{reason}; it holds data{f' ({lost})' if lost else ''}"
                return change(Action.REFUSE, f"{hint}; to lose it say --replace {declared.address}", differences)
            return change(Action.REPLACE, reason, differences)
        if differences or hidden:
            return change(Action.UPDATE, reason, differences)
        return change(Action.RESTAMP, "unfinished earlier run")

    def _carry_out(self, change: Change, permission: Permission, outputs: Mapping[str, Mapping[str, str]]) -> Live[Any]:
        """Do one decision anew, now that all it refers to is known, and return what exists then."""
        assert change.desired
        decided = self._decide(change.desired, change.live, outputs, permission)
        desired, kind = resolve(change.desired, outputs), self.kinds[change.desired.kind]
        owner = Owner(self.stack, desired.address)
        live = decided.live
        if decided.action is Action.REFUSE:
            raise StackError(decided.reason)
        if decided.action is Action.NOTHING and live:
            return live
        if decided.action is Action.REPLACE and live:
            kind.delete(live)
        if decided.action in {Action.CREATE, Action.REPLACE}:
            kind.create(desired, owner_tags(owner))
        if decided.action is Action.UPDATE and live:
            changed = {d.field for d in decided.differences} | set(self.unreadable(desired.kind))
            kind.update(live, desired, frozenset(changed))
        live = self._settled(kind, desired)
        kind.stamp(live, stamp_tags(owner, digest(desired.props)))
        return live

    def _settled(self, kind: Kind[Any], desired: Desired[Any]) -> Live[Any]:
        """Read back until all is as declared: at once on an emulator, within seconds on AWS."""
        hidden, pause = frozenset(self.unreadable(desired.kind)), 0.05
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            live = kind.read(desired.name)
            left = compare(live.props, desired.props) if live else ()
            left = tuple(d for d in left if d.field not in hidden)
            if live and not left:
                return live
            if time.monotonic() > deadline:
                told = "; ".join(f"{d.path} reads {d.old!r}, not {d.new!r}" for d in left) or "nothing can be read"
                raise NotKept(f"wrote {desired.name} but {told}")
            time.sleep(pause)
            pause = min(pause * 2, 2.0)


class _Run:
    """One apply in progress: what is done, what came of it, and what it put out."""

    def __init__(self, engine: Engine, permission: Permission, tell: Callable[[Outcome], None]) -> None:
        self.engine, self.permission, self.tell = engine, permission, tell
        self.outcomes: list[Outcome] = []
        self.outputs: dict[str, Mapping[str, str]] = {}
        self.failed: set[str] = set()

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
            of_kind = [c for c in deletions if c.address.partition(".")[0] == kind.name]
            for change, (seconds, _, error) in zip(of_kind, pool.map(self._timed, of_kind), strict=True):
                self._end(Outcome(change, seconds, error))

    def _timed(self, change: Change) -> tuple[float, Live[Any] | None, str | None]:
        start = time.monotonic()
        try:
            if change.action is Action.DELETE and change.live:
                self.engine.kinds[change.address.partition(".")[0]].delete(change.live)
                return time.monotonic() - start, None, None
            live = self.engine._carry_out(change, self.permission, self.outputs)  # noqa: SLF001 (one module)
        except Exception as error:  # noqa: BLE001 (one failure must not hide the others' outcomes)
            return time.monotonic() - start, None, sentence(error)
        return time.monotonic() - start, live, None

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
        self.tell(outcome)


def _refuse_unread(reads: Mapping[str, Future[Any]]) -> None:
    """Raise one error that has a line for each kind (``reads`` is by kind or address) that could not be read."""
    failed: dict[str, str] = {}
    for where, read in reads.items():
        error = read.exception()
        if isinstance(error, StackError):
            lacks = "this target does not have it: " if isinstance(error, Unimplemented) else ""
            failed.setdefault(where.partition(".")[0], f"{lacks}{error}")
        elif error:
            raise error
    if failed:
        told = "\n".join(f"  {kind}: {sentence}" for kind, sentence in failed.items())
        raise StackError(f"this target cannot be compared with what is declared; nothing was written:\n{told}")


def sentence(error: BaseException) -> str:
    """The message of one of ours; the type as well for any other, which nobody foresaw."""
    return str(error) if isinstance(error, StackError) else f"{type(error).__name__}: {error}"


def _foreign(live: Live[Any]) -> str:
    whose = f"belongs to {live.owner.stack}'s {live.owner.address}" if live.owner else "carries no owner tag of ours"
    return (
        f"{live.name} exists and {whose}: it is left alone. "
        "Rename or remove it, or use another --name for this stack, then apply again"
    )
