"""Every row of the decision table, without an AWS: only data goes in, only a decision comes out."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from stack.engine import decide as module
from stack.engine.compare import digest
from stack.engine.decide import Decision, Rules, decide, decide_undeclared, explained
from stack.engine.model import Action, Desired, Live, Owner, Ref
from tests.unit.remote import BoxProps

OURS, THEIRS = Owner("s", "box.a"), Owner("other", "box.a")
RED, BLUE, LARGE = BoxProps("red"), BoxProps("blue"), BoxProps("red", size=2)
BOX = Desired("box.a", "s-a", RED)
PLAIN, DATA = Rules(immutable={"size"}), Rules(immutable={"size"}, holds_data=True)
BLIND = Rules(unreadable={"colour"})


def live(props: Any, applied: Any = None, owner: Owner | None = OURS) -> Live[Any]:
    return Live("s-a", props, {}, owner, digest(applied) if applied else None)


TABLE = {
    "none": (None, PLAIN, Action.CREATE, "new"),
    "another owner": (live(RED, RED, THEIRS), PLAIN, Action.REFUSE, "s-a exists and belongs to other's box.a"),
    "no owner": (live(RED, RED, None), PLAIN, Action.REFUSE, "s-a exists and carries no owner tag"),
    "equal, current stamp": (live(RED, RED), PLAIN, Action.NOTHING, ""),
    "equal, other stamp": (live(RED, BLUE), PLAIN, Action.RESTAMP, "unfinished earlier run"),
    "equal, no stamp": (live(RED), PLAIN, Action.RESTAMP, "unfinished earlier run"),
    "differs, current stamp": (live(BLUE, RED), PLAIN, Action.UPDATE, "drift"),
    "differs, other stamp": (live(BLUE, BLUE), PLAIN, Action.UPDATE, "topology changed"),
    "differs, no stamp": (live(BLUE), PLAIN, Action.UPDATE, "unfinished earlier run"),
    "an immutable differs": (live(LARGE, LARGE), PLAIN, Action.REPLACE, "replace because size cannot be changed"),
    "an immutable differs, with data": (live(LARGE, LARGE), DATA, Action.REFUSE, "replace because size cannot"),
    "unreadable, current stamp": (live(BLUE, RED), BLIND, Action.NOTHING, ""),
    "unreadable, other stamp": (live(BLUE, BLUE), BLIND, Action.UPDATE, "topology changed"),
}


@pytest.mark.parametrize(("found", "rules", "action", "reason"), TABLE.values(), ids=TABLE)
def test_each_row_of_the_table(found: Live[Any] | None, rules: Rules, action: Action, reason: str) -> None:
    decision = decide(BOX, found, OURS, rules, may_replace=False)
    assert decision.action is action
    assert decision.reason.startswith(reason)
    assert bool(decision.differences) is (action in {Action.UPDATE, Action.REPLACE} or "immutable" in reason) or (
        action is Action.REFUSE or bool(rules.unreadable)
    )


IN_REGION, ELSEWHERE = Owner("s", "box.a", "eu-west-1"), Owner("s", "box.a", "us-east-1")


def test_the_same_address_of_another_region_is_refused_by_its_name() -> None:
    decision = decide(BOX, live(RED, RED, ELSEWHERE), IN_REGION, PLAIN, may_replace=False)
    assert decision.action is Action.REFUSE
    assert "belongs to s's box.a in us-east-1; nothing was changed" in decision.reason


def test_tags_without_a_region_get_one_and_complete_tags_are_left() -> None:
    before, after = live(RED, RED, OURS), live(RED, RED, IN_REGION)
    assert decide(BOX, before, IN_REGION, PLAIN, may_replace=False).action is Action.RESTAMP
    assert decide(BOX, after, IN_REGION, PLAIN, may_replace=False).action is Action.NOTHING


def test_data_is_replaced_with_permission_only() -> None:
    refused = decide(BOX, live(LARGE, LARGE), OURS, DATA, may_replace=False)
    assert (refused.action, refused.consent) == (Action.REFUSE, "--replace box.a")
    assert decide(BOX, live(LARGE, LARGE), OURS, DATA, may_replace=True).action is Action.REPLACE


def test_data_is_deleted_with_permission_only() -> None:
    assert decide_undeclared("box.a", PLAIN, may_delete=False) == Decision(Action.DELETE)
    assert decide_undeclared("box.a", DATA, may_delete=True) == Decision(Action.DELETE)
    assert decide_undeclared("box.a", DATA, may_delete=False) == Decision(Action.KEEP, consent="--delete box.a")


def test_a_value_that_is_not_known_yet_is_never_current() -> None:
    waiting = Desired("box.a", "s-a", BoxProps("red", inside=(Ref("box.b", "arn"),)))
    assert decide(waiting, live(RED, RED), OURS, PLAIN, may_replace=False).action is Action.UPDATE


@pytest.mark.parametrize(
    ("decision", "contents", "text"),
    [
        (Decision(Action.DELETE), "", ""),
        (Decision(Action.DELETE), "7 coins", "7 coins will be lost"),
        (Decision(Action.REPLACE, "why"), "7 coins", "why; 7 coins will be lost"),
        (Decision(Action.KEEP, consent="--delete a"), "", "it holds data; to delete it, pass --delete a"),
        (
            Decision(Action.REFUSE, "why", consent="--replace a"),
            "7 coins",
            "why; it holds data (7 coins); to replace it, pass --replace a",
        ),
    ],
)
def test_a_reason_names_the_data_at_stake(decision: Decision, contents: str, text: str) -> None:
    assert explained(decision, contents) == text


def test_the_module_shows_its_table_and_imports_no_aws() -> None:
    assert module.__doc__
    for action in Action:
        assert action.name in module.__doc__
    assert "boto" not in inspect.getsource(module)
