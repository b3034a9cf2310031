"""Prove that every roll-up equals the sum of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.store.audit import Mismatch, audit
from handlers.store.errors import Busy
from seed.deployment import Deployment
from stack.failures import StackError, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    import boto3


def verify(
    session: boto3.Session,
    endpoint_url: str | None,
    outputs: Mapping[str, Any],
    say: Callable[[str], None],
) -> tuple[Mismatch, ...]:
    """Every number of a roll-up that is wrong, by user; none if all is well.

    Raises:
        StackError: AWS refused, or somebody kept writing.
    """
    deployment = Deployment(session, endpoint_url, outputs)
    client, table = deployment.dynamodb(), deployment.table
    attempt = f"comparing roll-ups and rows of table {table}"
    try:
        with explain(attempt):
            found = tuple(audit(client, table))
    except Busy as error:
        raise StackError(f"{attempt}: somebody kept writing; verify again when they are done") from error
    if found:
        say(f"numbers of roll-ups in table {table} that are not what their rows sum up to: {len(found):,}")
    else:
        say(f"every roll-up in table {table} equals the sum of its rows")
    return found
