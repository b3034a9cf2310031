"""Prove that every roll-up equals the sum of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.store import keys
from handlers.store.audit import Mismatch, audit, audit_partition
from handlers.store.reading import between
from seed.deployment import Deployment
from stack.failures import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient


def verify(
    session: boto3.Session,
    endpoint_url: str | None,
    outputs: Mapping[str, Any],
    say: Callable[[str], None],
) -> tuple[Mismatch, ...]:
    """Every number of a roll-up that is wrong, by user; none if all is well.

    Raises:
        StackError: AWS refused.
    """
    deployment = Deployment(session, endpoint_url, outputs)
    client, table = deployment.dynamodb(), deployment.table
    with explain(f"comparing roll-ups and rows of table {table}"):
        found = _confirmed(client, table, set(audit(client, table)))
    if found:
        say(f"{len(found):,} numbers of roll-ups in table {table} are not what their rows sum up to:")
    else:
        say(f"every roll-up in table {table} equals the sum of its rows")
    return found


def _confirmed(client: DynamoDBClient, table: str, seen: Iterable[Mismatch]) -> tuple[Mismatch, ...]:
    """Those of ``seen`` that a second look finds the same.

    No read of many items is one moment: a write that came between two pages looks like a mismatch, once.
    """
    first = set(seen)
    again = {
        mismatch
        for sub in {each.sub for each in first}
        for mismatch in audit_partition(
            sub, between(client, table, sub, keys.EXPENSE, keys.MONTH + keys.AFTER)
        )
    }
    return tuple(sorted(first & again, key=lambda each: (each.sub, each.roll_up, each.number)))
