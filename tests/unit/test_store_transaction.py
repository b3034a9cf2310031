"""What DynamoDB answers to a transaction, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from handlers.store.errors import Busy
from handlers.store.table import transaction
from handlers.store.table.transaction import ATTEMPTS, Step, busy_when_throttled, pause, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACTION = {"Delete": {"TableName": "data", "Key": {"pk": {"S": "p"}, "sk": {"S": "s"}}}}
STEPS = (Step(ACTION, KeyError), Step(ACTION, LookupError))
SENT = {"TransactItems": [ACTION, ACTION], "ClientRequestToken": ANY}


@pytest.fixture
def client() -> DynamoDBClient:
    return boto3.client("dynamodb", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def dynamodb(client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Stubber:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    stubber = Stubber(client)
    stubber.activate()
    return stubber


def cancel(dynamodb: Stubber, *codes: str) -> None:
    dynamodb.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        "ConditionalCheckFailed, so the message says",
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
        expected_params=SENT,
    )


@pytest.mark.parametrize("code", sorted(transaction.PASSING))
def test_what_passes_is_tried_again(client: DynamoDBClient, dynamodb: Stubber, code: str) -> None:
    cancel(dynamodb, "None", code)
    dynamodb.add_response("transact_write_items", {}, SENT)
    transact(client, STEPS)
    dynamodb.assert_no_pending_responses()


@pytest.mark.parametrize("code", sorted(transaction.THROTTLED))
def test_a_throttled_call_is_tried_again(client: DynamoDBClient, dynamodb: Stubber, code: str) -> None:
    dynamodb.add_client_error("transact_write_items", code, expected_params=SENT)
    dynamodb.add_response("transact_write_items", {}, SENT)
    transact(client, STEPS)
    dynamodb.assert_no_pending_responses()


def test_every_try_carries_the_same_token_and_every_write_its_own(client: DynamoDBClient, dynamodb: Stubber) -> None:
    tokens: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        tokens.append(params["ClientRequestToken"])

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", note)
    for _ in range(2):
        cancel(dynamodb, "None", "TransactionConflict")
        dynamodb.add_response("transact_write_items", {}, SENT)
        transact(client, STEPS)
    assert tokens[0] == tokens[1] != tokens[2] == tokens[3]


def test_a_conflict_that_does_not_pass_is_busy_in_the_end(client: DynamoDBClient, dynamodb: Stubber) -> None:
    for _ in range(ATTEMPTS):
        cancel(dynamodb, "TransactionConflict", "None")
    with pytest.raises(Busy) as refusal:
        transact(client, STEPS)
    assert refusal.value.retry_after == 1
    dynamodb.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("codes", "refusal"),
    [
        (("ConditionalCheckFailed", "ConditionalCheckFailed"), KeyError),
        (("None", "ConditionalCheckFailed"), LookupError),
        (("TransactionConflict", "ConditionalCheckFailed"), LookupError),
    ],
)
def test_a_failed_condition_is_told_by_its_place(
    client: DynamoDBClient, dynamodb: Stubber, codes: tuple[str, ...], refusal: type[Exception]
) -> None:
    cancel(dynamodb, *codes)
    with pytest.raises(refusal) as told:
        transact(client, STEPS)
    assert type(told.value) is refusal


def test_a_message_decides_nothing(client: DynamoDBClient, dynamodb: Stubber) -> None:
    cancel(dynamodb, "ValidationError", "None")
    with pytest.raises(ClientError):
        transact(client, STEPS)


def test_what_no_retry_can_mend_is_raised_as_it_is(client: DynamoDBClient, dynamodb: Stubber) -> None:
    dynamodb.add_client_error("transact_write_items", "AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        transact(client, STEPS)


def test_a_single_call_that_stays_throttled_is_busy(client: DynamoDBClient, dynamodb: Stubber) -> None:
    dynamodb.add_client_error("get_item", "ThrottlingException")
    dynamodb.add_client_error("get_item", "ResourceNotFoundException")
    with pytest.raises(Busy), busy_when_throttled():
        client.get_item(TableName="data", Key={})
    with pytest.raises(ClientError, match="ResourceNotFound"), busy_when_throttled():
        client.get_item(TableName="data", Key={})


def test_pauses_grow_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    for attempt in range(ATTEMPTS):
        pause(attempt)
    assert slept[:3] == [0.01, 0.02, 0.04]
    assert max(slept) == transaction.LONGEST_PAUSE
    assert sum(slept) < 3, "a function has twenty seconds in all"
