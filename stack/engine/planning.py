"""Make a plan: read every resource at once, then decide address by address in dependency order. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from stack.engine import limits
from stack.engine.compare import order, resolve
from stack.engine.decide import Decision, decide, decide_undeclared, explained
from stack.engine.model import Action, Change, Desired, Live, Plan, kind_of
from stack.engine.permission import Permission
from stack.engine.registry import Registry
from stack.errors import StackError, TopologyError, Unimplemented

WORKERS = 32
"""Reads at a time. Far from AWS a plan takes as long as its reads wait for a worker."""
_WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})
_CHANGES_OUTPUTS = frozenset({Action.CREATE, Action.REPLACE, Action.REFUSE})


@dataclass(frozen=True, slots=True)
class Found:
    """The live state: each declared resource by address, and this stack's undeclared resources with their kinds."""

    declared: Mapping[str, Live[Any] | None]
    undeclared: tuple[tuple[str, Live[Any]], ...]


def plan(registry: Registry, topology: Sequence[Desired[Any]], permission: Permission) -> Plan:
    """Decide for every declared address, and for every resource of this stack that is no longer declared.

    Raises:
        TopologyError: the declaration is impossible; nothing was read.
        StackError: a resource cannot be read, or the target lacks a kind; with a line for each kind.
    """
    _refuse_unknown_kinds(registry, topology)
    sequence = order(topology)
    limits.check(topology, registry.kinds)
    found = _find(registry, topology)
    declared = {desired.address: desired for desired in topology}
    changes: list[Change] = []
    outputs: dict[str, Mapping[str, str]] = {}
    for address in sequence:
        live = found.declared[address]
        change = _change(registry, declared[address], live, outputs, permission)
        changes.append(change)
        if live and not _changes_outputs(registry, change):
            outputs[address] = live.outputs
    return Plan((*changes, *_deletions(registry, found.undeclared, permission)))


def read_outputs(registry: Registry, declared: Sequence[Desired[Any]]) -> dict[str, Mapping[str, str]]:
    """Read the outputs of some declared resources, by address; a resource that does not exist is left out.

    Raises:
        StackError: a resource cannot be read; with a line for each kind.
    """

    def read(desired: Desired[Any]) -> Callable[[], Mapping[str, str] | None]:
        return lambda: registry.outputs(desired.kind, desired.name, desired.address)

    with ThreadPoolExecutor(WORKERS) as pool:
        reads = {desired.address: pool.submit(read(desired)) for desired in declared}
        _raise_failures(reads, "Cannot read this stack:")
    return {address: outputs for address, each in reads.items() if (outputs := each.result())}


def _refuse_unknown_kinds(registry: Registry, topology: Sequence[Desired[Any]]) -> None:
    for desired in topology:
        if desired.kind not in registry.kinds:
            known = ", ".join(registry.kinds)
            raise TopologyError(f"{desired.address}: there is no kind {desired.kind!r}, only {known}")


def _find(registry: Registry, topology: Sequence[Desired[Any]]) -> Found:
    with ThreadPoolExecutor(WORKERS) as pool:
        listings = {kind: pool.submit(registry.names, kind) for kind in registry.kinds}
        reads = {d.address: pool.submit(registry.read, d.kind, d.name, d.address) for d in topology}
        _raise_unread({**listings, **reads})
        declared = {(desired.kind, desired.name) for desired in topology}
        existing = {(kind, name) for kind, listing in listings.items() for name in listing.result()}
        others = {(kind, name): pool.submit(registry.read, kind, name, kind) for kind, name in existing - declared}
    _raise_unread({f"{kind}.{name}": read for (kind, name), read in sorted(others.items())})
    ours = ((kind, read.result()) for (kind, _), read in others.items())
    undeclared = (
        (kind, live) for kind, live in ours if live and live.owner and live.owner.is_of(registry.stack, registry.region)
    )
    return Found({address: read.result() for address, read in reads.items()}, tuple(undeclared))


def _change(
    registry: Registry,
    declared: Desired[Any],
    live: Live[Any] | None,
    outputs: Mapping[str, Mapping[str, str]],
    permission: Permission,
) -> Change:
    decision = decide(
        resolve(declared, outputs),
        live,
        registry.owner(declared.address),
        registry.rules(declared.kind),
        may_replace=permission.to_replace(declared.address),
    )
    reason = explained(decision, _at_stake(registry, declared.kind, decision, live))
    if decision.action in _WRITES and (obstacle := registry.obstacle(declared.kind)):
        return Change(declared.address, declared.name, Action.REFUSE, obstacle, decision.differences, declared, live)
    return Change(declared.address, declared.name, decision.action, reason, decision.differences, declared, live)


def _deletions(
    registry: Registry, undeclared: Iterable[tuple[str, Live[Any]]], permission: Permission
) -> Iterator[Change]:
    """The changes of undeclared resources, the last created kind first."""
    last_first = list(registry.kinds)[::-1]
    for kind, live in sorted(undeclared, key=lambda each: (last_first.index(each[0]), each[1].name)):
        assert live.owner
        address = live.owner.address
        decision = decide_undeclared(address, registry.rules(kind), may_delete=permission.to_delete(address))
        reason = explained(decision, _at_stake(registry, kind, decision, live))
        yield Change(address, live.name, decision.action, reason, live=live)


def _at_stake(registry: Registry, kind: str, decision: Decision, live: Live[Any] | None) -> str:
    """The contents that a decision loses, or keeps for lack of permission."""
    loses = decision.action in {Action.REPLACE, Action.DELETE} or decision.consent
    return registry.contents(kind, live) if live and loses else ""


def _changes_outputs(registry: Registry, change: Change) -> bool:
    if change.action is Action.UPDATE:
        return registry.kinds[kind_of(change.address)].update_changes_outputs
    return change.action in _CHANGES_OUTPUTS


def _raise_unread(reads: Mapping[str, Future[Any]]) -> None:
    _raise_failures(reads, "Cannot compare this target with the declaration; nothing was written:")


def _raise_failures(reads: Mapping[str, Future[Any]], opening: str) -> None:
    """Raise one error with a line for each kind that cannot be read. The keys are ``kind`` or ``kind.name``."""
    failed: dict[str, str] = {}
    for where, read in reads.items():
        error = read.exception()
        if isinstance(error, StackError):
            lacks = "this target does not have it: " if isinstance(error, Unimplemented) else ""
            failed.setdefault(kind_of(where), f"{lacks}{error}")
        elif error:
            raise error
    if failed:
        lines = "\n".join(f"  {kind}: {sentence}" for kind, sentence in failed.items())
        raise StackError(f"{opening}\n{lines}")
