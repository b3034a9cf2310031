"""The rhythm of every kind, made out of its row in ``samples.py``: each verb, each property, each mishap."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import boto3
import pytest

from stack.capabilities import absent, unreadable
from stack.engine import NOTHING_MAY_BE_LOST, Engine, Permission
from stack.failures import StackError
from stack.kinds import KINDS
from stack.kinds.base import Kind
from stack.local import emulator_start, emulator_stop
from stack.model import Action, Change, Desired, Owner, compare, digest, flatten, resolve
from stack.stamps import owner_tags, stamp_tags
from stack.target import Target, TargetKind, connect, is_read
from tests.conftest import NOT_RUN
from tests.e2e.opinions import kinds_of, opinion
from tests.e2e.samples import Sample, samples
from tests.localstack.server import Unavailable

ALL = Permission(all_data=True)
NAMES = [kind.name for kind in KINDS]
NOWHERE = Target(
    TargetKind.LOCAL, stack="none", region="us-east-1", account_id="0" * 12, endpoint_url=None, session=boto3.Session()
)
ROWS = {sample.kind: sample for sample in samples(NOWHERE)}
CHANGES = [(kind, field) for kind, row in ROWS.items() for field in row.changes]
PARTS = [
    pytest.param(kind, at, id=f"{kind}-{part.path}") for kind, row in ROWS.items() for at, part in enumerate(row.parts)
]
ONE_VALUE = {"stage.name", "notifies.users/.permitted", "policy.Work.condition"}
"""Parts that we declare in one way only."""
BY_HAND = [(kind, field) for kind, row in ROWS.items() for field in row.by_hand]


@pytest.fixture(scope="module", params=[TargetKind.LOCAL], ids=str)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("kinds")
    if request.param is TargetKind.LOCAL:
        running = emulator_start(folder, 0, snapshot_seconds=0)
        yield connect(TargetKind.LOCAL, stack="all", region=None, endpoint_url=running.endpoint_url)
        emulator_stop(folder)
        return
    try:
        with opinion(request.param, folder) as made:
            yield made
    except Unavailable as error:
        pytest.skip(f"{NOT_RUN}LocalStack's open core: {error}")


@dataclass(frozen=True)
class Place:
    """One kind's sample in a stack of its own."""

    target: Target
    engine: Engine
    sample: Sample

    @property
    def kind(self) -> Kind[Any]:
        return self.engine.kinds[self.sample.kind]

    @property
    def address(self) -> str:
        return self.sample.resource.address

    def change(self, *topology: Desired[Any], permission: Permission = NOTHING_MAY_BE_LOST) -> Change:
        """What is decided for the sample's resource, when everything else is as declared."""
        plan = self.engine.plan(topology or self.sample.topology, permission)
        (change,) = [change for change in plan.changes if change.address == self.address]
        return change

    def apply(self, *topology: Desired[Any], permission: Permission = NOTHING_MAY_BE_LOST) -> frozenset[str]:
        """Bring everything to what is declared; the operations that were written."""
        before = dict(self.target.calls.made)
        report = self.engine.apply(self.engine.plan(topology or self.sample.topology, permission), permission)
        assert report.failed == ()
        made = {call for call, times in self.target.calls.made.items() if times > before.get(call, 0)}
        return frozenset(call for call in made if not is_read(call.partition(":")[2]))

    def with_change(self, field: str) -> tuple[Desired[Any], ...]:
        resource = self.sample.resource
        changed = replace(resource, props=replace(resource.props, **self.sample.changes[field].values))
        return (*self.sample.needs, changed)

    def live(self) -> Any:
        live = self.kind.read(self.sample.resource.name)
        assert live
        return live

    def known(self, topology: tuple[Desired[Any], ...]) -> Desired[Any]:
        """The sample's resource as it will be asked for: with the outputs of what it refers to."""
        found = {each.address: self.engine.kinds[each.kind].read(each.name) for each in self.sample.needs}
        return resolve(topology[-1], {address: live.outputs for address, live in found.items() if live})


@pytest.fixture
def place(target: Target, request: pytest.FixtureRequest) -> Place:
    """The sample's stack, as declared. Kinds of a target's gaps are not there to be tried."""
    name = request.getfixturevalue("kind_name")
    row = next(each for each in samples(target) if each.kind == name)
    if {desired.kind for desired in row.topology} & absent(target.kind):
        pytest.skip(f"{target.kind} has no {name}, as its table of gaps says")
    own = of_stack(target, f"one-{name.replace('_', '-')}")
    row = next(each for each in samples(own) if each.kind == name)
    needed = {desired.kind for desired in row.topology}
    kinds = {key: kind for key, kind in kinds_of(own).items() if key in needed}
    engine = Engine(kinds, own.stack, functools.partial(unreadable, own.kind))
    made = Place(own, engine, row)
    made.apply(permission=Permission(replace=frozenset({made.address})))
    return made


def of_stack(target: Target, stack: str) -> Target:
    """The same target for another stack, with the same clients and the same count."""
    own = copy.copy(target)
    own.stack = stack
    return own


def every_kind(test: Any) -> Any:
    return pytest.mark.parametrize("kind_name", NAMES)(test)


def test_every_kind_has_a_row_and_every_property_a_change() -> None:
    assert set(ROWS) == set(NAMES)
    for row in ROWS.values():
        told = {*row.changes, *row.by_hand}
        assert {each.name for each in fields(row.resource.props)} == told, row.kind
        leaves = {path for path, _ in flatten(row.resource.props) if path not in told}
        companions = {path for part in row.parts for path in part.also}
        assert leaves - {part.path for part in row.parts} - companions - ONE_VALUE == set(), row.kind


@every_kind
def test_it_reads_back_as_declared_and_a_second_run_writes_nothing(place: Place, kind_name: str) -> None:
    assert place.change().action is Action.NOTHING
    assert place.apply() == frozenset()


@pytest.mark.parametrize(("kind_name", "field"), CHANGES)
def test_a_changed_property_takes_exactly_its_own_writes(place: Place, kind_name: str, field: str) -> None:
    topology, unreadable_here = place.with_change(field), place.engine.unreadable(kind_name)
    permission = Permission(replace=frozenset({place.address}))
    identity = place.live().outputs
    change = place.change(*topology, permission=permission)
    frozen = field in place.kind.immutable
    assert change.action is (Action.REPLACE if frozen else Action.UPDATE)
    changed = {difference.field for difference in change.differences}
    assert changed == set(place.sample.changes[field].values) - set(unreadable_here) - same(place, field)
    written = place.apply(*topology, permission=permission)
    if not frozen:
        assert written - place.sample.tidies == place.sample.changes[field].writes | place.sample.stamp
        if not place.kind.update_changes_outputs:
            assert place.live().outputs == identity
    assert place.change(*topology).action is Action.NOTHING


def same(place: Place, field: str) -> set[str]:
    """Companions of a change that are what they were."""
    props, values = place.sample.resource.props, place.sample.changes[field].values
    return {name for name, value in values.items() if getattr(props, name) == value}


@pytest.mark.parametrize(("kind_name", "field"), CHANGES)
def test_a_property_changed_behind_our_back_is_named_with_both_values_and_repaired(
    place: Place, kind_name: str, field: str
) -> None:
    if field in place.kind.immutable or field in place.engine.unreadable(kind_name):
        pytest.skip("nobody can change it in place, or nobody can see that")
    wanted = place.known(place.sample.topology)
    theirs = place.known(place.with_change(field))
    changed = frozenset(place.sample.changes[field].values) - same(place, field)
    place.kind.update(place.live(), theirs, changed)
    change = place.change()
    assert change.action is Action.UPDATE
    found = {each.path: (each.old, each.new) for each in change.differences}
    old, new = dict(flatten(theirs.props)), dict(flatten(wanted.props))
    about = {path for path in {*old, *new} if path.partition(".")[0] == field and old.get(path) != new.get(path)}
    assert about
    assert {path: found[path] for path in about} == {
        path: (old.get(path, "(absent)"), new.get(path, "(absent)")) for path in about
    }
    place.apply()
    assert place.change().action is Action.NOTHING


@pytest.mark.parametrize(("kind_name", "at"), PARTS)
def test_a_part_of_a_property_takes_no_more_than_its_writes_and_is_named_when_it_drifts(
    place: Place, kind_name: str, at: int
) -> None:
    part = place.sample.parts[at]
    frozen, permission = part.field in place.kind.immutable, Permission(replace=frozenset({place.address}))
    resource = place.sample.resource
    topology = (*place.sample.needs, replace(resource, props=part.of(resource.props)))
    wanted, theirs = place.known(place.sample.topology), place.known(topology)
    change = place.change(*topology, permission=permission)
    assert change.action is (Action.REPLACE if frozen else Action.UPDATE)
    assert change.differences == compare(wanted.props, theirs.props)
    written = place.apply(*topology, permission=permission)
    writes = part.writes or place.sample.changes[part.field].writes
    assert frozen or written - place.sample.tidies == writes | place.sample.stamp
    live = place.live()
    assert live.props == theirs.props
    if not place.sample.stamp:
        return
    # With the stamp of before it looks as if somebody else had made that change.
    place.kind.stamp(live, stamp_tags(Owner(place.target.stack, place.address), digest(wanted.props)))
    drift = place.change(permission=permission)
    assert drift.differences == compare(theirs.props, wanted.props)
    assert frozen or drift.reason == "drift"


@pytest.mark.parametrize(("kind_name", "field"), BY_HAND)
def test_what_only_others_change_is_seen_and_undone(place: Place, kind_name: str, field: str) -> None:
    place.sample.by_hand[field](place.target, place.live())
    change = place.change()
    assert change.action is Action.UPDATE
    assert field in {difference.field for difference in change.differences}
    place.apply()
    assert place.change().action is Action.NOTHING


@every_kind
def test_what_was_deleted_behind_our_back_is_made_again_and_deleting_twice_is_no_error(
    place: Place, kind_name: str
) -> None:
    live = place.live()
    place.kind.delete(live)
    place.kind.delete(live)
    assert place.kind.read(live.name) is None
    assert place.change().action is Action.CREATE
    place.apply()
    assert place.change().action is Action.NOTHING


@every_kind
@pytest.mark.parametrize("whose", ["nobody's", "another stack's"])
def test_one_of_that_name_that_is_not_ours_is_refused_and_left_alone(place: Place, kind_name: str, whose: str) -> None:
    if whose == "nobody's" and not place.sample.unowned:
        pytest.skip("this kind carries its owner from its first moment")
    desired = place.known(place.sample.topology)
    place.kind.delete(place.live())
    other = Owner("theirs", place.address)
    theirs = type(place.kind)(of_stack(place.target, other.stack))
    theirs.create(desired, {} if whose == "nobody's" else owner_tags(other))
    made = place.live()
    try:
        change = place.change()
        assert change.action is Action.REFUSE
        assert "left alone" in change.reason
        assert "--name" in change.reason
        with pytest.raises(StackError, match="left alone"):
            place.apply(permission=ALL)
        gone = place.engine.plan((), ALL)
        assert place.address not in {each.address for each in gone.changes}
        assert place.live() == made
    finally:
        theirs.delete(made)


@every_kind
def test_destroying_takes_it_all_and_a_second_time_there_is_nothing_to_take(place: Place, kind_name: str) -> None:
    gone = place.engine.apply(place.engine.plan((), ALL), ALL)
    assert gone.failed == ()
    assert {each.change.address for each in gone.outcomes} == {each.address for each in place.sample.topology}
    assert place.kind.read(place.sample.resource.name) is None
    assert place.engine.plan((), ALL).changes == ()
