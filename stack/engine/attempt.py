"""Carry out one change, and repeat after a transient failure until it is done or nothing moves any more.

After a transient failure (a lost answer, a throttled call, an error inside AWS, another run in between) the resource is
read and decided again. No write is repeated blindly: AWS may have carried out the first one, and lets much exist twice.
So the read finds the work of the lost call, or of another run, and the new decision completes it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stack import clock
from stack.engine.compare import compare, digest, resolve
from stack.engine.decide import Decision, decide, explained
from stack.engine.model import Action, Change, Desired, Live
from stack.engine.stamps import owner_tags, stamp_tags
from stack.errors import Conflict, NotKept, StackError, Transient, explain, sentence, transient

if TYPE_CHECKING:
    from stack.engine.kind import Kind
    from stack.engine.permission import Permission
    from stack.engine.registry import Registry

TRIES = 10
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, CALM_SECONDS = 0.1, 5.0, 0.5
SETTLE_SECONDS = 20.0
"""The shortest wait for the declared values, also of a kind for which AWS documents no delay."""
PATIENCE_SECONDS = 600.0


class Attempt:
    """Carries out changes, one at a time; ``outputs`` are those of every resource that exists so far, by address."""

    def __init__(self, registry: Registry, permission: Permission, outputs: Mapping[str, Mapping[str, str]]) -> None:
        self.registry, self.permission, self.outputs = registry, permission, outputs

    def carry_out(self, change: Change) -> Live[Any] | None:
        """Return the resource after the change, None after a deletion.

        Raises:
            StackError: the change cannot be made, or so many reads in a row showed no progress.
        """
        live, fruitless, failure = change.live, 0, None
        deadline = clock.now() + PATIENCE_SECONDS
        while True:
            try:
                if failure:
                    seen = self._read_calm(change) if failure is Transient.CONFLICT else self._read(change)
                    live, fruitless = seen, fruitless if seen == live else 0
                return self._delete(change, live) if change.action is Action.DELETE else self._bring(change, live)
            except Exception as error:
                failure = transient(error)
                if not failure:
                    raise
                if fruitless == TRIES or clock.now() > deadline:
                    text = f"{sentence(error)} ({failure.value}); tried {fruitless} times. Apply again."
                    raise StackError(text) from error
            pause = min(FIRST_PAUSE_SECONDS * 2**fruitless, LONGEST_PAUSE_SECONDS)
            clock.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 (jitter)
            fruitless += 1

    def _bring(self, change: Change, live: Live[Any] | None) -> Live[Any]:
        """Decide with all references known, carry the decision out, and return the resource."""
        assert change.desired
        desired, kind = resolve(change.desired, self.outputs), self._kind(change)
        decision = self._decision(desired, live)
        if decision.action is Action.REFUSE:
            raise StackError(explained(decision, ""))
        if decision.action is Action.NOTHING and live:
            return live
        if decision.action is Action.REPLACE and live:
            kind.delete(live)
        owner = self.registry.owner(desired.address)
        if decision.action in {Action.CREATE, Action.REPLACE}:
            kind.create(desired, owner_tags(owner))
        if decision.action is Action.UPDATE and live:
            hidden = set(self.registry.unreadable(desired.kind))
            kind.update(live, desired, frozenset({d.field for d in decision.differences} | hidden))
        live = self._settled(kind, desired)
        kind.stamp(live, stamp_tags(owner, digest(desired.props)))
        return live

    def _decision(self, desired: Desired[Any], live: Live[Any] | None) -> Decision:
        may_replace = self.permission.to_replace(desired.address)
        owner, rules = self.registry.owner(desired.address), self.registry.rules(desired.kind)
        return decide(desired, live, owner, rules, may_replace=may_replace)

    def _delete(self, change: Change, live: Live[Any] | None) -> Live[Any] | None:
        """Delete the resource, unless it no longer belongs to this stack, and return None."""
        if live and self.registry.owner(change.address).is_same(live.owner):
            self._kind(change).delete(live)
        return None

    def _settled(self, kind: Kind[Any], desired: Desired[Any]) -> Live[Any]:
        """Read until every property is as declared: at once on an emulator, on AWS within ``kind.settling``."""
        hidden, pause = frozenset(self.registry.unreadable(desired.kind)), 0.05
        deadline = clock.now() + max(SETTLE_SECONDS, kind.settling.seconds)
        while True:
            live = kind.read(desired.name)
            left = compare(live.props, desired.props) if live else ()
            left = tuple(d for d in left if d.field not in hidden)
            if live and not left:
                return live
            found = "; ".join(f"{d.path} reads {d.old!r}, not {d.new!r}" for d in left) or "nothing can be read"
            if any(d.new == () for d in left):
                # Another run added a part that is declared empty: waiting does not remove it.
                raise Conflict(f"wrote {desired.name} but {found}")
            if clock.now() > deadline:
                raise NotKept(f"wrote {desired.name} but {found}: the target keeps another value, or another run does")
            clock.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _read(self, change: Change) -> Live[Any] | None:
        with explain(f"Cannot read {change.address} ({change.name}) again"):
            return self._kind(change).read(change.name)

    def _read_calm(self, change: Change) -> Live[Any] | None:
        """Read until two reads in a row are equal: two runs that write at once would undo each other's parts."""
        deadline, live = clock.now() + PATIENCE_SECONDS, self._read(change)
        while clock.now() < deadline:
            clock.sleep(CALM_SECONDS)
            before, live = live, self._read(change)
            if live == before:
                break
        return live

    def _kind(self, change: Change) -> Kind[Any]:
        return self.registry.kinds[change.kind]
