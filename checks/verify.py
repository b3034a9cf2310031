"""Prove that roll-ups, rows, receipts and their objects agree, and that no event failed finally."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checks.deployment import Deployment
from checks.receipts import Audit, Flaw, audit_receipts
from checks.roll_ups import Mismatch, audit
from handlers.store.errors import Busy
from stack.errors import StackError, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    import boto3
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

NAMESPACE = "ExpenseTracker"
"""The namespace of the metrics that the functions publish."""
SECOND_AUDIT = 2
"""Seconds until the second audit of receipts: an inspection that was running may have ended by then."""
Found = Mismatch | Flaw | str


def verify(
    session: boto3.Session,
    endpoint_url: str | None,
    outputs: Mapping[str, Any],
    say: Callable[[str], None],
) -> tuple[Found, ...]:
    """Every wrong number of a roll-up, every flaw of a receipt or object, and the number of dead letters.

    The number of wrong roll-ups becomes the metric ``RollUpMismatches``, which has an alarm.

    Raises:
        StackError: AWS refused a call, or a user kept writing.
    """
    deployment = Deployment(session, endpoint_url, outputs)
    try:
        return (*_roll_ups(deployment, say), *_receipts(deployment, say), *_dead_letters(deployment, say))
    except Busy as error:
        raise StackError(
            f"Cannot verify table {deployment.table}: a user kept writing. Run verify again later."
        ) from error


def _roll_ups(deployment: Deployment, say: Callable[[str], None]) -> tuple[Mismatch, ...]:
    table = deployment.table
    with explain(f"comparing roll-ups and rows of table {table}"):
        found = tuple(audit(deployment.dynamodb(), table))
    if found:
        say(f"numbers of roll-ups in table {table} that are not what their rows sum up to: {len(found):,}")
    else:
        say(f"every roll-up in table {table} equals the sum of its rows")
    _publish(deployment, len(found), say)
    return found


def _publish(deployment: Deployment, mismatches: int, say: Callable[[str], None]) -> None:
    """Publish the number of wrong roll-ups. Who may not publish it gets a warning, and the result all the same."""
    datum: MetricDatumTypeDef = {
        "MetricName": "RollUpMismatches",
        "Dimensions": [{"Name": "service", "Value": "verify"}],
        "Unit": "Count",
        "Value": mismatches,
    }
    try:
        with explain("publish the metric RollUpMismatches"):
            deployment.cloudwatch().put_metric_data(Namespace=NAMESPACE, MetricData=[datum])
    except StackError as error:
        say(f"Warning: {error}")


def _receipts(deployment: Deployment, say: Callable[[str], None]) -> tuple[Flaw, ...]:
    if not (bucket := deployment.receipts_bucket):
        return ()
    client, s3 = deployment.dynamodb(), deployment.s3()

    def audit_once() -> Audit:
        with explain(f"comparing receipts of table {deployment.table} and objects of bucket {bucket}"):
            return audit_receipts(client, deployment.table, s3, bucket)

    found = audit_once()
    if found.flaws:
        time.sleep(SECOND_AUDIT)
        found = Audit(found.flaws & audit_once().flaws, found.expired)
    if found.flaws:
        say(f"receipts and objects of bucket {bucket} that do not agree: {len(found.flaws):,}")
    else:
        say(f"every receipt has its objects in bucket {bucket}, and every object its receipt")
    if found.expired:
        say(f"expired receipts, which DynamoDB will remove: {found.expired:,}")
    return tuple(sorted(found.flaws))


def _dead_letters(deployment: Deployment, say: Callable[[str], None]) -> tuple[str, ...]:
    if not (url := deployment.dead_letters_url):
        return ()
    with explain(f"counting the messages of queue {url}"):
        answer = deployment.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    waiting = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    say(f"dead letters in queue {url}: {waiting:,}")
    return (f"queue {url}: {waiting:,} dead letters",) if waiting else ()
