"""The rhythm of every kind on two more implementations of AWS, in one go: all properties are changed at once.

A kind, a property or a step that a target does not do as AWS does is left out when ``capabilities.py`` says so
by its name, and only then: ``test_opinion_gaps.py`` proves each of those rows.
"""

from __future__ import annotations

from typing import Any

import pytest

from stack.engine.compare import compare
from stack.engine.model import Action, Difference, Owner
from stack.engine.stamps import owner_tags
from stack.kinds import KINDS, kinds
from stack.target.capabilities import absent, gaps
from stack.target.target import Target
from tests.e2e.places import ALL, Place, of_stack, place_of

DELETING = {"deleting", "listing"}
"""A kind with one of these gaps is not deleted on its own."""


@pytest.mark.parametrize("kind_name", [kind.name for kind in KINDS])
def test_a_kind_keeps_what_it_is_told_and_lets_go_of_it(target: Target, kind_name: str) -> None:
    """One story, since each step begins where the last one ended."""
    lacks = {name for gap in gaps(target.kind) if gap.kind == kind_name for name in gap.subject.split(", ")}
    place = place_of(target, kind_name)
    assert place.bring()[0].action is Action.CREATE
    assert place.is_as_declared()
    assert place.bring()[1] == frozenset()
    if kind_name in absent(target.kind):
        return
    all_changes_at_once(place, lacks)
    what_only_others_change(place, lacks)
    if not lacks & DELETING:
        deleted_behind_our_back(place)
        if "tags after deletion" not in lacks:
            of_that_name_but_not_ours(place)
        gone = place.engine.apply(place.engine.plan((), ALL), ALL)
        assert gone.failed == ()
        assert place.engine.plan((), ALL).changes == ()


def all_changes_at_once(place: Place, lacks: set[str]) -> None:
    """Exactly the writes of these properties; then it looks as if others had made them, and all is undone."""
    left_out = lacks | place.kind.immutable
    rows = [row for field, row in place.sample.changes.items() if field not in left_out]
    wanted, other = (
        place.known(),
        place.with_changes({name: value for row in rows for name, value in row.values.items()}),
    )
    change, written = place.bring(other)
    assert change.action is Action.UPDATE
    assert change.differences == seen(place, wanted, other)
    stamp = frozenset() if "stamp" in lacks else place.sample.stamp
    assert written - place.sample.tidies == stamp.union(*(row.writes for row in rows))
    assert place.is_as_declared(other)
    place.disguise()
    drift, _ = place.bring()
    assert drift.action is Action.UPDATE
    assert drift.differences == seen(place, other, wanted)
    assert place.is_as_declared()


def seen(place: Place, old: Any, new: Any) -> tuple[Difference, ...]:
    """The differences, as far as this target reads properties back."""
    return tuple(each for each in compare(old.props, new.props) if each.field not in place.hidden)


def what_only_others_change(place: Place, lacks: set[str]) -> None:
    for field, spoil in place.sample.by_hand.items():
        if field in lacks:
            continue
        spoil(place.target, place.live())
        change, _ = place.bring()
        assert field in {difference.field for difference in change.differences}
        assert place.is_as_declared()


def deleted_behind_our_back(place: Place) -> None:
    live = place.live()
    place.kind.delete(live)
    place.kind.delete(live)
    assert place.kind.read(live.name) is None
    assert place.bring()[0].action is Action.CREATE
    assert place.is_as_declared()


def of_that_name_but_not_ours(place: Place) -> None:
    place.kind.delete(place.live())
    theirs = kinds(of_stack(place.target, "theirs"))[place.kind.name]
    theirs.create(place.known(), owner_tags(Owner("theirs", place.address)))
    made = place.live()
    assert place.change().action is Action.REFUSE
    assert place.live() == made
    theirs.delete(made)
