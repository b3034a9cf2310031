"""AWS shows a change eventually: what each kind waits for, how long, and what it says in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from stack.engine.engine import Engine
from stack.engine.kind import Settling
from stack.engine.model import Desired, Live
from stack.errors import StackError, Transient, transient
from stack.kinds import KINDS, kinds
from stack.kinds.function.props import FunctionProps
from stack.kinds.queue import QueueProps
from stack.kinds.table import TableProps
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from tests.unit.fake_clock import FakeClock, clock
from tests.unit.remote import Boxes, BoxProps, Remote
from tests.unit.test_topology import target

__all__ = ["clock"]

Answers = Callable[[str], Stubber]
TABLE = TableProps("pk", "sk", (), "expires_at", point_in_time_recovery=True, deletion_protection=True)
QUEUE = QueueProps(visibility=30, retention=60)
URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/s-a"
GONE = "AWS.SimpleQueueService.NonExistentQueue"


@pytest.fixture
def amazon() -> Target:
    return target(TargetKind.AWS)


@pytest.fixture
def answers(amazon: Target) -> Iterator[Answers]:
    stubs: dict[str, Stubber] = {}

    def of(service: str) -> Stubber:
        if service not in stubs:
            stubs[service] = Stubber(amazon.client(service))
            stubs[service].activate()
        return stubs[service]

    yield of
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def live(props: Any, **outputs: str) -> Live[Any]:
    return Live("s-a", props, outputs, None, None)


def test_every_kind_with_a_delay_names_its_effect_and_a_source() -> None:
    slow = [kind for kind in KINDS if kind.settling.seconds]
    assert {kind.name for kind in slow} == {"table", "queue", "role", "bucket"}
    assert all(kind.settling.effect and kind.settling.source.startswith("https://docs.aws") for kind in slow)


def test_recovery_is_turned_on_once_dynamodb_has_backups_of_a_new_table(
    amazon: Target, answers: Answers, clock: FakeClock
) -> None:
    dynamodb = answers("dynamodb")
    for _ in range(5):
        dynamodb.add_client_error(
            "update_continuous_backups", "ContinuousBackupsUnavailableException", "Backups are being enabled", 400
        )
    dynamodb.add_response("update_continuous_backups", {})
    kinds(amazon)["table"].update(live(TABLE), Desired("table.a", "s-a", TABLE), frozenset({"point_in_time_recovery"}))
    assert len(clock.slept) == 5


def test_a_second_change_of_the_ttl_attribute_waits_for_an_apply_in_an_hour(
    amazon: Target, answers: Answers, clock: FakeClock
) -> None:
    answers("dynamodb").add_response("update_time_to_live", {})
    too_often = "Time to live has been modified multiple times within a fixed interval"
    answers("dynamodb").add_client_error("update_time_to_live", "ValidationException", too_often, 400)
    wanted = replace(TABLE, ttl_attribute="gone_at")
    with pytest.raises(StackError, match=r"TTL attribute of table s-a to gone_at: .* Apply again in an hour\.$"):
        kinds(amazon)["table"].update(live(TABLE), Desired("table.a", "s-a", wanted), frozenset({"ttl_attribute"}))


def test_a_deleted_queue_is_gone_only_when_sqs_says_so(amazon: Target, answers: Answers, clock: FakeClock) -> None:
    sqs = answers("sqs")
    sqs.add_response("delete_queue", {})
    for _ in range(3):
        sqs.add_response("get_queue_url", {"QueueUrl": URL})
    sqs.add_client_error("get_queue_url", GONE, "gone", 400)
    kinds(amazon)["queue"].delete(live(QUEUE, url=URL))
    assert len(clock.slept) == 3


def test_a_queue_that_never_goes_is_said_after_more_than_the_minute_of_sqs(
    amazon: Target, answers: Answers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers("sqs").add_response("delete_queue", {})
    queue = kinds(amazon)["queue"]
    monkeypatch.setattr(queue, "outputs", lambda _: {})
    with pytest.raises(StackError, match="waited 75 s for queue s-a to be gone"):
        queue.delete(live(QUEUE, url=URL))


def test_the_name_of_a_deleted_queue_is_taken_again_after_a_minute(
    amazon: Target, answers: Answers, clock: FakeClock
) -> None:
    for _ in range(20):
        answers("sqs").add_client_error("create_queue", "AWS.SimpleQueueService.QueueDeletedRecently", "wait", 400)
    answers("sqs").add_response("create_queue", {"QueueUrl": URL})
    kinds(amazon)["queue"].create(Desired("queue.a", "s-a", QUEUE), {})
    assert 30 < sum(clock.slept) < 75


class Slow(Boxes):
    """Shows a new colour after 45 seconds."""

    clock: FakeClock
    settling = Settling(60, "a colour", "https://docs.aws")

    def read(self, name: str) -> Live[BoxProps] | None:
        found = super().read(name)
        shown = found and (found.props.colour == "unpainted" or self.clock.time >= 1045)
        return found if shown or not found else replace(found, props=BoxProps("unpainted"))


def test_the_engine_waits_for_a_write_as_long_as_its_kind_settles(clock: FakeClock) -> None:
    slow = Slow(Remote())
    slow.clock = clock
    engine = Engine({"box": slow}, "s")
    assert engine.apply(engine.plan([Desired("box.a", "s-a", BoxProps("red"))])).failed == ()


def test_without_a_documented_delay_a_value_that_is_not_kept_is_said_soon(clock: FakeClock) -> None:
    stubborn = Slow(Remote())
    stubborn.clock = clock
    stubborn.settling = Settling(0, "", "")  # type: ignore[misc]  # otherwise of the class
    engine = Engine({"box": stubborn}, "s")
    (outcome,) = engine.apply(engine.plan([Desired("box.a", "s-a", BoxProps("red"))])).failed
    assert "colour reads 'unpainted', not 'red'" in str(outcome.error)
    assert clock.time < 1045


@pytest.mark.parametrize(("kind", "pause"), [(TargetKind.AWS, 0.5), (TargetKind.LOCAL, 0.02)])
def test_amazon_is_polled_slowly_and_an_emulator_quickly(clock: FakeClock, kind: TargetKind, pause: float) -> None:
    at = target(kind)
    states = [{"State": "Pending"}, {"State": "Pending"}, {"State": "Active"}]
    with Stubber(at.client("lambda")) as functions:
        for state in states:
            functions.add_response("get_function_configuration", state)
        kinds(at)["function"]._wait_settled("s-a")  # type: ignore[attr-defined]
    assert clock.slept[0] == pause


def test_a_function_moves_to_a_new_role_once_lambda_may_assume_it(
    amazon: Target, answers: Answers, clock: FakeClock
) -> None:
    functions = answers("lambda")
    ready = {"State": "Active", "LastUpdateStatus": "Successful"}
    refused = "The role defined for the function cannot be assumed by Lambda."
    functions.add_response("get_function_configuration", ready)
    for _ in range(20):
        functions.add_client_error("update_function_configuration", "InvalidParameterValueException", refused, 400)
    functions.add_response("update_function_configuration", {})
    functions.add_client_error("get_function_configuration", "AccessDeniedException", "stop here", 403)
    declared = kinds(amazon)["function"]
    wanted = a_function()
    with pytest.raises(ClientError, match="stop here"):
        declared.update(live(wanted), Desired("function.a", "s-a", wanted), frozenset({"role"}))
    assert 30 < sum(clock.slept) < 120


def a_function() -> FunctionProps:
    return FunctionProps(
        runtime="python3.13",
        handler="app.handler",
        role="arn:aws:iam::123456789012:role/s-a-eu-central-1",
        code="x",
        layers=(),
        environment={},
        timeout=5,
        memory=128,
        architecture="x86_64",
        description="",
        log_group="/aws/lambda/s-a",
    )


def test_cognito_throttles_with_status_400() -> None:
    told: Any = {
        "Error": {"Code": "TooManyRequestsException", "Message": "Too many requests"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    assert transient(ClientError(told, "UpdateUserPool")) is Transient.THROTTLED
