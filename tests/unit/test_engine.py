"""The engine against an AWS in memory: every row of the decision table, order, crashes, failures."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack.engine.engine import Engine
from stack.engine.model import Action, Desired, Plan, Ref
from stack.engine.permission import NO_LOSS, Permission
from stack.errors import StackError, TopologyError
from tests.unit.remote import Box, Boxes, BoxProps, Remote, Vaults


def box(key: str, colour: str = "red", **more: Any) -> Desired[BoxProps]:
    return Desired(f"box.{key}", f"s-{key}", BoxProps(colour, **more))


def vault(key: str, **more: Any) -> Desired[BoxProps]:
    return Desired(f"vault.{key}", f"v-{key}", BoxProps("grey", **more))


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def vaults() -> Remote:
    return Remote()


@pytest.fixture
def engine(remote: Remote, vaults: Remote) -> Engine:
    return Engine({"vault": Vaults(vaults), "box": Boxes(remote)}, "s")


def actions(plan: Plan) -> dict[str, Action]:
    return {change.address: change.action for change in plan.changes}


def apply(engine: Engine, *topology: Desired[Any], permission: Permission = NO_LOSS) -> None:
    report = engine.apply(engine.plan(topology, permission), permission)
    assert not report.failed, report.failed


def test_what_is_new_is_created_and_a_second_run_writes_nothing(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"), box("b"))
    assert {name: each.props.colour for name, each in remote.boxes.items()} == {"s-a": "red", "s-b": "red"}
    remote.writes.clear()
    apply(engine, box("a"), box("b"))
    assert remote.writes == []


def test_planning_writes_nothing(engine: Engine, remote: Remote) -> None:
    plan = engine.plan([box("a")])
    assert actions(plan) == {"box.a": Action.CREATE}
    assert remote.writes == []


def test_a_changed_property_is_updated_in_place(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"))
    plan = engine.plan([box("a", "blue")])
    (change,) = plan.changes
    assert (change.action, change.reason) == (Action.UPDATE, "topology changed")
    assert [(d.path, d.old, d.new) for d in change.differences] == [("colour", "red", "blue")]
    remote.writes.clear()
    apply(engine, box("a", "blue"))
    assert remote.writes == ["paint s-a", "stamp s-a"]


def test_a_change_behind_our_back_is_drift_and_is_repaired(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"))
    remote.boxes["s-a"].props = BoxProps("mouldy")
    (change,) = engine.plan([box("a")]).changes
    assert (change.action, change.reason, change.differences[0].old) == (Action.UPDATE, "drift", "mouldy")
    apply(engine, box("a"))
    assert remote.boxes["s-a"].props.colour == "red"


def test_what_was_deleted_behind_our_back_is_made_again(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"))
    remote.boxes.clear()
    apply(engine, box("a"))
    assert "s-a" in remote.boxes


def test_a_resource_without_our_tag_is_refused_and_nothing_is_written(engine: Engine, remote: Remote) -> None:
    remote.boxes["s-a"] = Box(BoxProps("theirs"), {})
    plan = engine.plan([box("a"), box("b")])
    assert actions(plan)["box.a"] is Action.REFUSE
    with pytest.raises(StackError, match=r"box\.a: s-a exists and carries no owner tag; nothing was changed"):
        engine.apply(plan)
    assert remote.writes == []


def test_a_resource_of_another_stack_is_neither_taken_nor_deleted(engine: Engine, remote: Remote) -> None:
    apply(Engine({"box": Boxes(remote)}, "other"), box("a"))
    assert actions(engine.plan([box("a")])) == {"box.a": Action.REFUSE}
    assert actions(engine.plan([])) == {}


def test_what_is_declared_no_longer_is_deleted(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"), box("b"))
    apply(engine, box("a"))
    assert list(remote.boxes) == ["s-a"]


def test_what_holds_data_is_deleted_only_when_named(engine: Engine, vaults: Remote) -> None:
    apply(engine, vault("a", size=7))
    (kept,) = engine.plan([]).changes
    assert kept.action is Action.KEEP
    assert "7 coins" in kept.reason
    assert "--delete vault.a" in kept.reason
    apply(engine)
    assert "v-a" in vaults.boxes
    apply(engine, permission=Permission(delete=frozenset({"vault.a"})))
    assert not vaults.boxes


def test_an_immutable_change_replaces_the_resource(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"))
    (change,) = engine.plan([box("a", size=2)]).changes
    assert change.action is Action.REPLACE
    assert "size cannot be changed in place" in change.reason
    apply(engine, box("a", size=2))
    assert remote.boxes["s-a"].props.size == 2


def test_what_holds_data_is_replaced_only_when_named(engine: Engine, vaults: Remote) -> None:
    apply(engine, vault("a", size=1))
    plan = engine.plan([vault("a", size=2)])
    assert actions(plan) == {"vault.a": Action.REFUSE}
    assert "--replace vault.a" in plan.changes[0].reason
    apply(engine, vault("a", size=2), permission=Permission(replace=frozenset({"vault.a"})))
    assert vaults.boxes["v-a"].props.size == 2


def test_dependencies_are_made_first_and_their_outputs_filled_in(engine: Engine, remote: Remote) -> None:
    outer = box("outer", inside=(Ref("box.inner", "arn", "/x"),))
    apply(engine, outer, box("inner"))
    assert remote.boxes["s-outer"].props.inside == ("arn:s-inner/x",)
    assert remote.writes.index("stamp s-inner") < remote.writes.index("create s-outer")


def test_the_stamp_is_the_last_write_of_each_resource(engine: Engine, remote: Remote) -> None:
    apply(engine, box("a"))
    assert remote.writes == ["create s-a", "paint s-a", "stamp s-a"]


@pytest.mark.parametrize("lost", [False, True], ids=["fails before", "answer lost"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_a_crash_at_any_write_is_converged_from(at: int, lost: bool) -> None:
    topology = [box("a"), box("b", inside=(Ref("box.a", "arn"),))]
    remote = Remote(crash_at=at, lost=lost)
    engine = Engine({"box": Boxes(remote)}, "s")
    assert engine.apply(engine.plan(topology)).failed
    remote.crash_at = 0
    apply(engine, *topology)
    assert sorted(remote.boxes) == ["s-a", "s-b"]
    assert not engine.plan(topology).pending


def test_a_failure_spares_what_does_not_depend_on_it(engine: Engine, remote: Remote) -> None:
    topology = [
        box("a"),
        box("b", inside=(Ref("box.a", "arn"),)),
        box("c", inside=(Ref("box.b", "arn"),)),
        vault("free"),
    ]
    remote.crash_at = 1
    report = engine.apply(engine.plan(topology))
    ended = {outcome.change.address: outcome for outcome in report.outcomes}
    assert ended["box.a"].error == "Crash: create s-a"
    assert ended["box.b"].skipped == "box.a"
    assert ended["box.c"].skipped == "box.b"
    assert not ended["vault.free"].error


def test_a_target_that_keeps_another_value_is_an_error_that_names_both(
    engine: Engine, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.engine.attempt.SETTLE_SECONDS", 0)
    monkeypatch.setattr(Boxes, "_paint", lambda *_: None)
    report = engine.apply(engine.plan([box("a")]))
    assert (
        report.failed[0].error
        == "wrote s-a but colour reads 'unpainted', not 'red': the target keeps another value, or another run does"
    )


def test_a_property_the_target_cannot_read_back_is_compared_by_the_stamp(remote: Remote) -> None:
    engine = Engine({"box": Boxes(remote)}, "s", lambda _: {"colour"})
    apply(engine, box("a"))
    remote.boxes["s-a"].props = BoxProps("unreadable")
    assert not engine.plan([box("a")]).pending
    assert actions(engine.plan([box("a", "blue")])) == {"box.a": Action.UPDATE}


@pytest.mark.parametrize(
    ("topology", "rule"),
    [
        ([box("a"), box("a")], "box.a is declared twice"),
        ([box("a"), Desired("box.b", "s-a", BoxProps("red"))], "box.b and box.a are both named 's-a'"),
        ([box("a", inside=(Ref("box.zzz", "arn"),))], "box.a refers to box.zzz, which is not declared"),
        ([box("a", inside=(Ref("box.b", "arn"),)), box("b", inside=(Ref("box.a", "arn"),))], "in a circle"),
        ([Desired("queue.a", "q", BoxProps("red"))], "there is no kind 'queue'"),
    ],
)
def test_an_impossible_topology_is_refused_before_the_first_call(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, topology: list[Desired[Any]], rule: str
) -> None:
    monkeypatch.setattr(Boxes, "read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(TopologyError, match=rule):
        engine.plan(topology)


def test_a_reference_to_an_output_that_is_not_there_says_which_there_are(engine: Engine) -> None:
    apply(engine, box("a"))
    with pytest.raises(TopologyError, match=r"box\.b refers to .*box\.a\.url.*only \['arn'\]"):
        engine.plan([box("a"), box("b", inside=(Ref("box.a", "url"),))])


def refusing(status: int, error: str) -> type[Boxes]:
    class Refusing(Boxes):
        name = "vault"

        def read(self, name: str) -> Any:
            told: Any = {"Error": {"Code": error, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(told, "GetVault")

    return Refusing


def test_a_kind_that_the_target_does_not_have_is_one_line_and_nothing_is_written(remote: Remote) -> None:
    engine = Engine({"vault": refusing(501, "InternalFailure")(Remote()), "box": Boxes(remote)}, "s")
    with pytest.raises(StackError) as refused:
        engine.plan([box("a"), vault("a"), vault("b")])
    opening, *kinds = str(refused.value).splitlines()
    assert "nothing was written" in opening
    why = "Cannot read vault.a (v-a): GetVault answered InternalFailure: no"
    assert kinds == [f"  vault: this target does not have it: {why}"]
    assert remote.writes == []


def test_a_kind_that_cannot_be_read_is_not_taken_for_one_that_is_missing(remote: Remote) -> None:
    engine = Engine({"vault": refusing(403, "AccessDenied")(Remote()), "box": Boxes(remote)}, "s")
    with pytest.raises(StackError) as refused:
        engine.plan([box("a"), vault("a")])
    assert str(refused.value).endswith("  vault: Cannot read vault.a (v-a): GetVault answered AccessDenied: no")
