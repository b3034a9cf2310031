"""One kind's sample in a stack of its own, and what is done with it: planned, brought about, read."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stack.engine.compare import digest, resolve
from stack.engine.engine import Engine
from stack.engine.kind import Kind
from stack.engine.model import Action, Change, Desired, Owner, Plan
from stack.engine.permission import Permission
from stack.engine.stamps import stamp_tags
from stack.target.capabilities import unreadable
from stack.target.target import Target, is_read
from tests.e2e.opinions import kinds_of
from tests.e2e.samples import Part, Sample, samples, with_content

ALL = Permission(all_data=True)


@dataclass(frozen=True)
class Place:
    """``engine`` knows the sample's kind alone, so that a plan reads no more than that; ``whole`` all that it needs.

    ``outputs`` are of what the sample refers to, which is made once for all tests of a kind.
    """

    target: Target
    whole: Engine
    engine: Engine
    sample: Sample
    outputs: Mapping[str, Mapping[str, str]]

    @property
    def kind(self) -> Kind[Any]:
        return self.engine.registry.kinds[self.sample.kind]

    @property
    def address(self) -> str:
        return self.sample.resource.address

    @property
    def permission(self) -> Permission:
        return Permission(replace=frozenset({self.address}))

    @property
    def hidden(self) -> frozenset[str]:
        """Properties that this target cannot read back."""
        return frozenset(self.engine.registry.unreadable(self.sample.kind))

    def known(self, props: Any = None) -> Desired[Any]:
        """The sample's resource, or one with other properties, as it will be asked for."""
        resource = self.sample.resource
        return with_content(resolve(replace(resource, props=props or resource.props), self.outputs))

    def with_changes(self, values: Mapping[str, object]) -> Desired[Any]:
        return self.known(replace(self.sample.resource.props, **values))

    def with_part(self, part: Part) -> Desired[Any]:
        return self.known(part.of(self.sample.resource.props))

    def change(self, desired: Desired[Any] | None = None) -> Change:
        """The decision for the sample's resource."""
        plan = self.engine.plan(self._topology(desired), self.permission)
        return next(change for change in plan.changes if change.address == self.address)

    def bring(self, desired: Desired[Any] | None = None) -> tuple[Change, frozenset[str]]:
        """Bring the sample to what is declared; what was decided, and the operations that were written."""
        before = dict(self.target.calls.made)
        plan = self.engine.plan(self._topology(desired), self.permission)
        report = self.engine.apply(plan, self.permission)
        assert not report.failed, [outcome.error for outcome in report.failed]
        made = {call for call, times in self.target.calls.made.items() if times > before.get(call, 0)}
        written = frozenset(call for call in made if not is_read(call.partition(":")[2]))
        return next(change for change in plan.changes if change.address == self.address), written

    def is_as_declared(self, desired: Desired[Any] | None = None) -> bool:
        return self.change(desired).action is Action.NOTHING

    def live(self) -> Any:
        live = self.kind.read(self.sample.resource.name)
        assert live
        return live

    def disguise(self) -> None:
        """With the stamp of what is declared it looks as if somebody else had made the last change."""
        stamp = stamp_tags(Owner(self.target.stack, self.address, self.target.region), digest(self.known().props))
        self.kind.stamp(self.live(), stamp)

    def _topology(self, desired: Desired[Any] | None) -> tuple[Desired[Any], ...]:
        siblings = (resolve(each, self.outputs) for each in self.sample.needs if each.kind == self.sample.kind)
        return (*siblings, desired or self.known())


def place_of(target: Target, kind_name: str) -> Place:
    """The sample's stack, with all that the sample refers to."""
    own = of_stack(target, f"one-{kind_name.replace('_', '-')}")
    sample = next(each for each in samples(own) if each.kind == kind_name)
    kinds, hidden = kinds_of(own), functools.partial(unreadable, own.kind)
    needed = {desired.kind for desired in sample.topology}
    whole = Engine({name: kind for name, kind in kinds.items() if name in needed}, own.stack, hidden, own.region)
    needs = Plan(tuple(change for change in whole.plan(sample.needs).changes if change.desired))
    report = whole.apply(needs)
    assert not report.failed, [outcome.error for outcome in report.failed]
    alone = Engine({kind_name: kinds[kind_name]}, own.stack, hidden, own.region)
    return Place(own, whole, alone, sample, report.outputs)


def of_stack(target: Target, stack: str) -> Target:
    """The same target for another stack, with the same clients and the same count."""
    own = copy.copy(target)
    own.stack = stack
    return own
