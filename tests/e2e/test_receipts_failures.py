"""When the inspection cannot do its work: nothing is lost, a dead letter waits, and a repetition ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from handlers.contract.names import INSPECTED
from tests.e2e.api import STOCK, Stack
from tests.e2e.conftest import run
from tests.e2e.receipts import Wallet, invoke, path_of, send
from tests.unit import files


@contextmanager
def without_rights(stack: Stack) -> Iterator[None]:
    """The processor while its role may do nothing."""
    iam, role = stack.client("iam"), f"{stack.outputs['functions']['processor']}-us-east-1"
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


pytestmark = pytest.mark.usefixtures("no_dead_letters")


@pytest.mark.skipif(STOCK, reason="MiniStack as published forgets the failure destination of an alias")
def test_an_event_that_failed_for_good_waits_and_can_be_done_later(stack: Stack, home: Path) -> None:
    mine, data, queues = Wallet.of(stack), files.photo(size=(110, 80)), stack.client("sqs")
    asked = mine.ask(mine.api.create(), data)
    with without_rights(stack):
        assert send(asked["upload"], data).status_code == 204
        (message,) = queues.receive_message(
            QueueUrl=stack.outputs["dead_letters_url"], WaitTimeSeconds=20, VisibilityTimeout=0
        )["Messages"]
    code, printed = run("verify", "--home", str(home))
    assert (code, "1 dead letters" in printed) == (2, True)
    assert mine.api.get(path_of(asked["receipt"]))["status"] == "pending"
    assert invoke(stack, json.loads(message["Body"])["requestPayload"]) == ["ready"]
    assert mine.settled(asked["receipt"])["status"] == "ready"
    queues.purge_queue(QueueUrl=stack.outputs["dead_letters_url"])
    assert run("verify", "--home", str(home))[0] == 0


def test_verify_finds_an_object_without_a_record_and_a_record_without_its_object(stack: Stack, home: Path) -> None:
    mine, client, bucket = Wallet.of(stack), stack.client("s3"), stack.outputs["receipts_bucket"]
    receipt = mine.uploaded(mine.api.create(), files.photo(size=(120, 80)))
    whole = next(key for key in mine.stored(2) if key.startswith(INSPECTED))
    orphan = f"{INSPECTED}{mine.user.sub}/{'0' * 64}/{receipt['id']}"
    client.put_object(Bucket=bucket, Key=orphan, Body=b"x")
    (version,) = (each["VersionId"] for each in versions(client, bucket, whole))
    client.delete_object(Bucket=bucket, Key=whole, VersionId=version)
    code, printed = run("verify", "--home", str(home))
    assert code == 2
    assert f"an object without a record: {orphan}" in printed
    assert f"a record without its object: receipt {receipt['id']}" in printed
    assert mine.api.call("DELETE", path_of(receipt)).status_code == 204
    for each in versions(client, bucket, orphan):
        client.delete_object(Bucket=bucket, Key=orphan, VersionId=each["VersionId"])
    assert run("verify", "--home", str(home))[0] == 0


def versions(client: object, bucket: str, key: str) -> list[dict[str, str]]:
    answer = client.list_object_versions(Bucket=bucket, Prefix=key)  # type: ignore[attr-defined]
    return list(answer.get("Versions", []))
