"""What an apply does when a call fails in passing: look again, go on from there, never repeat a write blindly."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from stack.engine.engine import Engine
from stack.engine.model import Desired
from stack.engine.permission import Permission
from stack.engine.run import Report, Unobserved
from stack.errors import CallFailed, Conflict, Interrupted, NotKept, StackError, Transient, explain, transient
from stack.kinds.duplicates import keep_one
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from tests.faults import Fault, Faults, When, injected
from tests.unit.remote import Box, Boxes, BoxProps, Remote, Vaults


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "MakeBox")


CLOSED = ConnectionClosedError(endpoint_url="http://box")
BOX = Desired("box.a", "s-a", BoxProps("red"))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("FIRST_PAUSE_SECONDS", "LONGEST_PAUSE_SECONDS", "CALM_SECONDS", "SETTLE_SECONDS"):
        monkeypatch.setattr(f"stack.engine.attempt.{pause}", 0)
    monkeypatch.setattr("stack.errors.READ_AGAIN_SECONDS", 0)


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def engine(remote: Remote) -> Engine:
    return Engine({"box": Boxes(remote)}, "s")


def apply(engine: Engine, *topology: Desired[Any], **options: Any) -> Report:
    return engine.apply(engine.plan(topology), **options)


@pytest.mark.parametrize("lost", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("error", [CLOSED, refused("InternalFailure", 500), refused("Throttling", 429)], ids=str)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_write_that_fails_in_passing_is_looked_up_and_gone_on_from_in_the_same_run(
    engine: Engine, remote: Remote, at: int, error: Exception, lost: bool
) -> None:
    remote.crash_at, remote.lost, remote.crash = at, lost, error
    assert not apply(engine, BOX).failed
    assert not engine.plan([BOX]).pending
    assert remote.writes.count("create s-a") == (2 if at == 1 and not lost else 1), "Boxes refuse a second create"


@pytest.mark.parametrize("lost", [False, True], ids=["not done", "done"])
def test_a_deletion_that_fails_in_passing_is_done_in_the_same_run(engine: Engine, remote: Remote, lost: bool) -> None:
    apply(engine, BOX)
    remote.crash_at, remote.lost, remote.crash = len(remote.writes) + 1, lost, CLOSED
    assert not apply(engine).failed
    assert not remote.boxes


class Vanishing(Vaults):
    """What is found is deleted by another run before it is looked at; ``left`` times, or for good."""

    left = 1

    def read(self, name: str) -> Any:
        return self._told(super().read(name))

    def names(self) -> Any:
        return self._told(super().names())

    def contents(self, live: Any) -> str:
        self.left = 1
        return str(self._told(super().contents(live)))

    def _told(self, found: Any) -> Any:
        self.left -= 1
        if self.left >= 0:
            raise refused("ResourceNotFoundException")
        return found


def test_what_another_run_deletes_during_a_look_is_looked_at_again(remote: Remote) -> None:
    vaults = Vanishing(remote)
    engine, vault = Engine({"vault": vaults}, "s"), Desired("vault.a", "s-a", BoxProps("red"))
    apply(engine, vault)
    for times in range(5):
        vaults.left = times
        assert engine.plan([vault]).pending == ()
        vaults.left = 1
        (kept,) = engine.plan([]).changes
        assert kept.reason == "it holds data; to delete it, pass --delete vault.a"


def test_what_cannot_be_read_at_all_is_said_and_nothing_is_written(remote: Remote) -> None:
    vaults = Vanishing(remote)
    vaults.left = 1000
    with pytest.raises(StackError, match=r"nothing was written:\n  vault: Cannot .*ResourceNotFoundException"):
        Engine({"vault": vaults}, "s").plan([Desired("vault.a", "s-a", BoxProps("red"))])
    assert remote.writes == []


def test_of_what_is_declared_no_longer_each_must_be_read(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine({"box": Boxes(remote)}, "s")
    apply(engine, BOX, Desired("box.b", "s-b", BoxProps("red")))
    read = Boxes.read

    def fail(boxes: Boxes, name: str) -> Any:
        if name == "s-a":
            raise refused("AccessDenied")
        return read(boxes, name)

    monkeypatch.setattr(Boxes, "read", fail)
    with pytest.raises(StackError, match=r"nothing was written:\n  box: Cannot read box \(s-a\)"):
        engine.plan([])


def test_what_keeps_failing_is_given_up_with_what_came_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[None] = []

    def fail(*_: Any) -> None:
        tries.append(None)
        raise refused("InternalFailure", 500)

    monkeypatch.setattr(Boxes, "create", fail)
    (outcome,) = apply(engine, BOX).failed
    assert outcome.error is not None
    assert outcome.error.startswith(
        "MakeBox answered InternalFailure: no (no answer came, so the call may have been carried out"
    )
    assert len(tries) == 11


def test_a_refusal_is_not_tried_again(engine: Engine, remote: Remote) -> None:
    remote.crash_at, remote.crash = 1, refused("AccessDenied", 403)
    (outcome,) = apply(engine, BOX).failed
    assert outcome.error == "MakeBox answered AccessDenied: no"
    assert remote.writes == ["create s-a"]


def test_what_another_run_made_meanwhile_is_ours_and_only_finished(engine: Engine, remote: Remote) -> None:
    """Both saw nothing; the other one was first."""
    plan = engine.plan([BOX])
    apply(Engine({"box": Boxes(remote)}, "s"), BOX)
    before = list(remote.writes)
    remote.exists = refused("EntityAlreadyExists", 409)
    assert not engine.apply(plan).failed
    assert remote.writes == before


def test_what_a_stranger_made_meanwhile_is_refused(engine: Engine, remote: Remote) -> None:
    plan = engine.plan([BOX])
    remote.boxes["s-a"] = Box(BoxProps("theirs"), {})
    remote.exists = refused("EntityAlreadyExists", 409)
    (outcome,) = engine.apply(plan).failed
    assert "carries no owner tag; nothing was changed" in str(outcome.error)
    assert remote.boxes["s-a"].props.colour == "theirs"


def test_what_is_being_deleted_and_belongs_to_a_stranger_by_then_is_left(engine: Engine, remote: Remote) -> None:
    apply(engine, BOX)
    plan = engine.plan([])

    def become_theirs(_: str) -> None:
        remote.boxes["s-a"] = Box(BoxProps("theirs"), {})
        raise refused("Conflict", 409)

    remote.meanwhile = become_theirs
    assert not engine.apply(plan).failed
    assert remote.boxes["s-a"].props.colour == "theirs"


def test_data_is_not_replaced_for_a_difference_that_came_up_meanwhile(remote: Remote) -> None:
    """The plan said create; another run made it with another size, and nobody allowed losing that."""
    engine = Engine({"vault": Vaults(remote)}, "s")
    plan = engine.plan([Desired("vault.a", "v-a", BoxProps("grey", size=2))])
    apply(Engine({"vault": Vaults(remote)}, "s"), Desired("vault.a", "v-a", BoxProps("grey", size=1)))
    remote.exists = refused("InUse", 409)
    (outcome,) = engine.apply(plan, Permission()).failed
    assert "to replace it, pass --replace vault.a" in str(outcome.error)
    assert remote.boxes["v-a"].props.size == 1


def test_an_interruption_stops_at_the_next_call_and_says_how_far_it_came(remote: Remote) -> None:
    engine = Engine({"box": Boxes(remote)}, "s")
    topology = [Desired(f"box.{key}", f"s-{key}", BoxProps("red")) for key in "ab"]
    begun, halted = threading.Event(), threading.Event()

    def stop_second(what: str) -> None:
        if what == "create s-b":
            begun.set()
            assert halted.wait(5)
            raise RuntimeError("interrupted before MakeBox")

    class PressesCtrlC(Unobserved):
        def ended(self, _: Any) -> None:
            assert begun.wait(5)
            raise KeyboardInterrupt

    remote.meanwhile = stop_second
    plan = engine.plan(topology)
    with pytest.raises(Interrupted, match=r"^1 of 2 changes were done; stopped in the middle of box\.b$"):
        engine.apply(plan, observer=PressesCtrlC(), halt=halted.set)
    remote.meanwhile = None
    assert not apply(engine, *topology).failed
    assert sorted(remote.boxes) == ["s-a", "s-b"]


def test_of_duplicates_the_used_one_is_kept_else_the_oldest_and_two_used_ones_are_refused() -> None:
    def age(each: str) -> tuple[float, str]:
        return 0, each

    assert keep_one(["b", "a", "c"], lambda _: False, age, "three") == ("a", ("b", "c"))
    assert keep_one(["b", "a"], lambda each: each == "b", age, "two") == ("b", ("a",))
    with pytest.raises(Exception, match=r"^two, and more than one is finished or in use. Delete all but one"):
        keep_one(["b", "a"], lambda _: True, age, "two")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (CLOSED, Transient.NO_ANSWER),
        (ReadTimeoutError(endpoint_url="http://box"), Transient.NO_ANSWER),
        (refused("ServiceException", 503), Transient.NO_ANSWER),
        (refused("TooManyRequestsException", 429), Transient.THROTTLED),
        (refused("EntityAlreadyExists", 409), Transient.CONFLICT),
        (refused("ResourceInUseException"), Transient.CONFLICT),
        (refused("ResourceNotFoundException"), Transient.CONFLICT),
        (Conflict("first"), Transient.CONFLICT),
        (refused("AccessDenied", 403), None),
        (refused("NotImplemented", 501), None),
        (NotKept("kept"), None),
        (ValueError(), None),
    ],
    ids=str,
)
def test_which_failures_are_worth_another_look(error: Exception, why: Transient | None) -> None:
    assert transient(error) is why
    wrapped = CallFailed("could not")
    wrapped.__cause__ = error
    assert transient(wrapped) is why


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused("ThrottlingException", 429), "could not read: MakeBox answered ThrottlingException: no"),
        (CLOSED, "could not read: Connection was closed"),
        (ResponseParserError("invalid XML received"), "could not read: invalid XML received"),
    ],
    ids=["refused", "closed", "no answer of AWS's"],
)
def test_whatever_comes_back_is_told_in_a_sentence_that_begins_with_the_attempt(error: Exception, told: str) -> None:
    with pytest.raises(CallFailed) as raised, explain("could not read"):
        raise error
    assert str(raised.value).startswith(told)


class TestClients:
    """What botocore repeats by itself, and what it must not."""

    @pytest.fixture
    def target(self, monkeypatch: pytest.MonkeyPatch) -> Target:
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        return Target(
            TargetKind.LOCAL,
            stack="s",
            region="us-east-1",
            account_id="000000000000",
            endpoint_url="http://127.0.0.1:1",
            session=boto3.Session(aws_access_key_id="test", aws_secret_access_key="test"),
        )

    def tries(self, target: Target, faults: Faults, call: Callable[[], Any]) -> int:
        with injected(target, faults), pytest.raises(Exception, match=r"."):
            call()
        return sum(faults.failed.values())

    @pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.INTERNAL])
    def test_a_lost_write_is_not_repeated(self, target: Target, fault: Fault) -> None:
        faults = Faults(fault, When.BEFORE, lambda *_: True)
        assert self.tries(target, faults, lambda: target.client("apigateway").create_rest_api(name="s-api")) == 1

    def test_a_throttled_write_is_repeated(self, target: Target) -> None:
        faults = Faults(Fault.THROTTLED, When.BEFORE, lambda *_: True)
        assert self.tries(target, faults, lambda: target.client("iam").delete_role(RoleName="s-a")) == 5

    def test_a_lost_read_is_repeated(self, target: Target) -> None:
        sent: list[str] = []
        target.session.events.register("before-send.*", lambda event_name, **_: sent.append(event_name))
        with pytest.raises(Exception, match="Could not connect"):
            target.client("apigateway").get_rest_apis()
        assert len(sent) == 5

    def test_after_a_halt_no_call_leaves(self, target: Target) -> None:
        target.halt()
        with pytest.raises(Exception, match="interrupted before GetRestApis"):
            target.client("apigateway").get_rest_apis()


def test_an_error_of_many_resources_is_reported_once_and_then_referred_to(remote: Remote) -> None:
    class Refusing(Boxes):
        def create(self, desired: Desired[Any], tags: Any) -> None:
            raise StackError("the source does not compile")

    engine = Engine({"box": Refusing(remote)}, "s")
    report = apply(engine, *(Desired(f"box.{each}", f"s-{each}", BoxProps("red")) for each in "abc"))
    errors = sorted(str(outcome.error) for outcome in report.failed)
    assert "the source does not compile" in errors[-1]
    assert all(re.fullmatch(r"for the same reason as box\.[abc]", each) for each in errors[:-1])
    assert len(errors) == 3
