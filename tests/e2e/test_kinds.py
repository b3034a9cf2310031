"""The rhythm of every kind, made out of its row in ``samples.py``: each verb, each property, each mishap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import boto3
import pytest

from stack.engine.compare import compare, flatten
from stack.engine.model import Action, Owner
from stack.engine.stamps import owner_tags
from stack.errors import StackError
from stack.kinds import KINDS, kinds
from stack.local import emulator_start, emulator_stop
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from tests.e2e.places import ALL, Place, of_stack, place_of
from tests.e2e.samples import samples

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
STUBBED = {("log_group", "undeclared")}
"""No implementation has the calls that change these; see ``tests/unit/test_undeclared.py``."""
BY_HAND = [(kind, field) for kind, row in ROWS.items() for field in row.by_hand]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("kinds")
    running = emulator_start(folder, 0, snapshot_seconds=0, lent=True)
    yield connect(TargetKind.LOCAL, stack="all", region=None, endpoint_url=running.endpoint_url)
    emulator_stop(folder)


@pytest.fixture(scope="module")
def places() -> dict[str, Place]:
    """The places that exist, by kind; a test that destroys one takes it out."""
    return {}


@pytest.fixture
def place(target: Target, places: dict[str, Place], kind_name: str) -> Place:
    """The sample's stack, as declared."""
    if kind_name not in places:
        places[kind_name] = place_of(target, kind_name)
    places[kind_name].bring()
    return places[kind_name]


def every_kind(test: Any) -> Any:
    return pytest.mark.parametrize("kind_name", NAMES)(test)


def test_every_kind_has_a_row_and_every_property_a_change() -> None:
    assert set(ROWS) == set(NAMES)
    for row in ROWS.values():
        covered = {*row.changes, *row.by_hand, *(field for kind, field in STUBBED if kind == row.kind)}
        assert {each.name for each in fields(row.resource.props)} == covered, row.kind
        leaves = {path for path, _ in flatten(row.resource.props) if path not in covered}
        companions = {path for part in row.parts for path in part.also}
        assert leaves - {part.path for part in row.parts} - companions - ONE_VALUE == set(), row.kind


@every_kind
def test_it_reads_back_as_declared_and_a_second_run_writes_nothing(place: Place, kind_name: str) -> None:
    assert place.live().props == place.known().props
    writes = place.target.calls.writes
    plan = place.whole.plan(place.sample.topology)
    assert {change.action for change in plan.changes} == {Action.NOTHING}
    assert place.whole.apply(plan).outcomes == ()
    assert place.target.calls.writes == writes


@pytest.mark.parametrize(("kind_name", "field"), CHANGES)
def test_a_changed_property_takes_exactly_its_own_writes_and_is_named_and_repaired_when_others_did_it(
    place: Place, kind_name: str, field: str
) -> None:
    row = place.sample.changes[field]
    wanted, other = place.known(), place.with_changes(row.values)
    frozen, identity = field in place.kind.immutable, place.live().outputs
    change, written = place.bring(other)
    assert change.action is (Action.REPLACE if frozen else Action.UPDATE)
    assert change.differences == compare(wanted.props, other.props)
    assert place.is_as_declared(other)
    if frozen:
        return
    assert written - place.sample.tidies == row.writes | place.sample.stamp
    if not place.kind.update_changes_outputs:
        assert place.live().outputs == identity
    place.disguise()
    drift, _ = place.bring()
    assert drift.action is Action.UPDATE
    assert not place.sample.stamp or drift.reason == "drift"
    assert drift.differences == compare(other.props, wanted.props)
    assert field in {difference.field for difference in drift.differences}
    assert place.is_as_declared()


@pytest.mark.parametrize(("kind_name", "at"), PARTS)
def test_a_part_of_a_property_takes_no_more_than_its_writes_and_is_named_when_it_drifts(
    place: Place, kind_name: str, at: int
) -> None:
    part = place.sample.parts[at]
    wanted, other = place.known(), place.with_part(part)
    frozen = part.field in place.kind.immutable
    change, written = place.bring(other)
    assert change.action is (Action.REPLACE if frozen else Action.UPDATE)
    assert change.differences == compare(wanted.props, other.props)
    writes = part.writes or place.sample.changes[part.field].writes
    assert frozen or written - place.sample.tidies == writes | place.sample.stamp
    assert place.live().props == other.props
    place.disguise()
    drift = place.change()
    assert drift.differences == compare(other.props, wanted.props)
    assert frozen or drift.reason == "drift"


@pytest.mark.parametrize(("kind_name", "field"), BY_HAND)
def test_what_only_others_change_is_seen_and_undone(place: Place, kind_name: str, field: str) -> None:
    place.sample.by_hand[field](place.target, place.live())
    change, _ = place.bring()
    assert change.action is Action.UPDATE
    assert field in {difference.field for difference in change.differences}
    assert place.is_as_declared()


@every_kind
def test_what_was_deleted_behind_our_back_is_made_again_and_deleting_twice_is_no_error(
    place: Place, kind_name: str
) -> None:
    live = place.live()
    place.kind.delete(live)
    place.kind.delete(live)
    assert place.kind.read(live.name) is None
    change, _ = place.bring()
    assert change.action is Action.CREATE
    assert place.is_as_declared()


def permit_everybody(place: Place) -> None:
    """Let everybody invoke the function that the sample's API calls."""
    place.target.client("lambda").add_permission(
        FunctionName=place.target.named("called"),
        Qualifier="live",
        StatementId="theirs",
        Action="lambda:InvokeFunction",
        Principal="*",
    )


@pytest.mark.parametrize("kind_name", ["rest_api"])
def test_a_permission_of_others_is_taken_away_and_nothing_is_deployed_for_it(place: Place, kind_name: str) -> None:
    permit_everybody(place)
    _, written = place.bring()
    assert written == {"lambda:RemovePermission"} | place.sample.stamp
    assert place.is_as_declared()


@pytest.mark.parametrize("kind_name", ["rest_api"])
def test_an_api_that_begins_to_call_a_function_takes_away_the_permissions_of_others(
    place: Place, kind_name: str
) -> None:
    place.kind.delete(place.live())
    permit_everybody(place)
    place.bring()
    assert place.is_as_declared()


@every_kind
@pytest.mark.parametrize("whose", ["nobody's", "another stack's"])
def test_one_of_that_name_that_is_not_ours_is_refused_and_left_alone(place: Place, kind_name: str, whose: str) -> None:
    if whose == "nobody's" and not place.sample.unowned:
        pytest.skip("this kind carries its owner from its first moment")
    place.kind.delete(place.live())
    other = Owner("theirs", place.address)
    theirs = kinds(of_stack(place.target, other.stack))[place.kind.name]
    theirs.create(place.known(), {} if whose == "nobody's" else owner_tags(other))
    made = place.live()
    try:
        change = place.change()
        assert change.action is Action.REFUSE
        assert "nothing was changed" in change.reason
        assert "--name" in change.reason
        with pytest.raises(StackError, match="nothing was changed"):
            place.bring()
        gone = place.whole.plan((), ALL)
        assert place.address not in {each.address for each in gone.changes}
        assert place.live() == made
    finally:
        theirs.delete(made)


@every_kind
def test_destroying_takes_it_all_and_a_second_time_there_is_nothing_to_take(
    place: Place, places: dict[str, Place], kind_name: str
) -> None:
    del places[kind_name]
    gone = place.whole.apply(place.whole.plan((), ALL), ALL)
    assert gone.failed == ()
    assert {each.change.address for each in gone.outcomes} == {each.address for each in place.sample.topology}
    assert place.kind.read(place.sample.resource.name) is None
    assert place.whole.plan((), ALL).changes == ()
