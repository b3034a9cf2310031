"""Compare what is declared with what exists, decide, and carry the decisions out. Never calls AWS itself.

    plan    read everything at once, in parallel; then decide address by address in dependency order
    apply   carry out the same decisions, each as soon as what it refers to is done; deletions last, in reverse:
            ``stack/run.py``

AWS is the state: a resource is found again by its name and known as ours by its owner tag. Every change ends with
the *stamp*, a tag with the fingerprint of what was applied, so that work cut short looks unfinished to the next
run. After each change the resource is read back and must equal what was declared: a target that keeps something
else is an error here, not a surprise later. What this costs: one more read for each resource changed.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from stack.engine import limits
from stack.engine.kind import Kind
from stack.engine.model import (
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
from stack.engine.permission import NOTHING_MAY_BE_LOST, Permission
from stack.engine.run import Observer, Report, Run, Unobserved
from stack.errors import CallFailed, Doubt, StackError, TopologyError, Unimplemented, doubt, explain, read_again

WORKERS = 32
"""Far from AWS a plan takes as long as its reads wait for one of these; a client has as many connections."""


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
        limits.check(topology)
        by_address = {desired.address: desired for desired in topology}
        with ThreadPoolExecutor(WORKERS) as pool:
            listings = {kind: pool.submit(self._names, kind) for kind in self.kinds}
            reads = {a: pool.submit(self._read, d.kind, d.name, a) for a, d in by_address.items()}
            _refuse_unread({**listings, **reads})
            declared = {(desired.kind, desired.name) for desired in topology}
            existing = {(kind, name) for kind, listing in listings.items() for name in listing.result()}
            strays = {each: pool.submit(self._read, *each, each[0]) for each in sorted(existing - declared)}
        _refuse_unread({f"{kind}.{name}": read for (kind, name), read in strays.items()})
        live = {address: read.result() for address, read in reads.items()}
        found = ((self.kinds[kind], read.result()) for (kind, _), read in strays.items())
        ours = [(kind, live) for kind, live in found if live and live.owner and live.owner.stack == self.stack]
        changes: list[Change] = []
        outputs: dict[str, Mapping[str, str]] = {}
        for address in sequence:
            change = self.decide(by_address[address], live[address], outputs, permission)
            changes.append(change)
            if (known := live[address]) and self._keeps_outputs(change):
                outputs[address] = known.outputs
        return Plan((*changes, *self._deletions(ours, permission)))

    def apply(
        self,
        plan: Plan,
        permission: Permission = NOTHING_MAY_BE_LOST,
        observer: Observer | None = None,
        halt: Callable[[], None] = lambda: None,
    ) -> Report:
        """Carry out ``plan``. What does not depend on a failure is still done; ``observer`` follows each change.

        ``halt`` is called when the user interrupts: no call may leave after it.

        Raises:
            StackError: the plan has a refusal; nothing was written.
            Interrupted: Ctrl-C; what was being changed stopped after the call it was in.
        """
        if plan.refused:
            raise StackError("\n".join(f"{c.address}: {c.reason}" for c in plan.refused))
        wanted = {c.address: c for c in plan.changes if c.desired}
        run = Run(self, permission, observer or Unobserved())
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                run.changes(wanted, pool)
                if not run.failed:
                    run.deletions([c for c in plan.changes if c.action is Action.DELETE], pool)
            except KeyboardInterrupt:
                halt()
                pool.shutdown(cancel_futures=True)
                raise run.interrupted(plan.changes) from None
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

    def _read(self, kind: str, name: str, address: str) -> Live[Any] | None:
        with explain(f"could not read {address} ({name})"):
            return read_again(lambda: self.kinds[kind].read(name))

    def _names(self, kind: str) -> set[str]:
        with explain(f"could not list what there is of {kind}"):
            return read_again(lambda: set(self.kinds[kind].names()))

    def _contents(self, kind: Kind[Any], live: Live[Any]) -> str:
        """What ``live`` holds, in words: nothing, if another run deleted it since it was read."""
        try:
            with explain(f"could not count what {live.name} holds"):
                return kind.contents(live)
        except CallFailed as error:
            if doubt(error) is Doubt.OVERTAKEN:
                return ""
            raise

    def _deletions(self, strays: Iterable[tuple[Kind[Any], Live[Any]]], permission: Permission) -> Iterator[Change]:
        last_first = list(self.kinds)[::-1]
        for kind, live in sorted(strays, key=lambda each: (last_first.index(each[0].name), each[1].name)):
            assert live.owner
            address, lost = live.owner.address, self._contents(kind, live)
            if kind.holds_data and not permission.to_delete(address):
                reason = f"it holds data{f' ({lost})' if lost else ''}; to delete it say --delete {address}"
                yield Change(address, live.name, Action.KEEP, reason, live=live)
            else:
                yield Change(address, live.name, Action.DELETE, f"{lost} will be lost" if lost else "", live=live)

    def _keeps_outputs(self, change: Change) -> bool:
        changing = {Action.CREATE, Action.REPLACE, Action.REFUSE}
        if change.desired and self.kinds[change.desired.kind].update_changes_outputs:
            changing = {*changing, Action.UPDATE}
        return change.action not in changing

    def decide(  # noqa: PLR0911 (a row of the table is a return)
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
            lost = self._contents(kind, live)
            if kind.holds_data and declared.address not in permission.replace:
                hint = f"{reason}; it holds data{f' ({lost})' if lost else ''}"
                return change(Action.REFUSE, f"{hint}; to lose it say --replace {declared.address}", differences)
            return change(Action.REPLACE, f"{reason}; {lost} will be lost" if lost else reason, differences)
        if differences or hidden:
            return change(Action.UPDATE, reason, differences)
        return change(Action.RESTAMP, "unfinished earlier run")


def _refuse_unread(reads: Mapping[str, Future[Any]]) -> None:
    """Raise one error that has a line for each kind (``reads`` is by kind or ``kind.more``) that could not be read."""
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


def _foreign(live: Live[Any]) -> str:
    whose = f"belongs to {live.owner.stack}'s {live.owner.address}" if live.owner else "carries no owner tag of ours"
    return (
        f"{live.name} exists and {whose}: it is left alone. "
        "Rename or remove it, or use another --name for this stack, then apply again"
    )
