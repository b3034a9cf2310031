"""A query of CloudWatch Logs Insights: it finds few events among very many, and is paid for by the bytes it scans."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stack import clock
from stack.errors import StackError, explain
from stack.logs.event import Event, event
from stack.logs.reading import Groups

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

MOST_ROWS = 10_000
"""Rows of one answer, the most that Insights gives."""
LONGEST_SECONDS = 120.0
"""A query that takes longer is stopped; the bytes that it scanned until then are paid for."""
POLL_SECONDS = 0.5
DOLLARS_PER_GB = 0.005
"""In us-east-1, in November 2026; other regions differ a little. Source: https://aws.amazon.com/cloudwatch/pricing/"""
ENDED = {"Complete", "Failed", "Cancelled", "Timeout", "Unknown"}


def query(groups: Groups, pattern: str, since: int, until: int, *, say: Callable[[str], None]) -> Iterator[Event]:
    """The events of a time in milliseconds whose message matches a regular expression, the oldest first.

    It says what the query cost, and when there are more events than an answer can have.

    Raises:
        CallFailed: CloudWatch refused the query.
        StackError: it failed or took too long.
    """
    sources = {name: source for source, name in groups.names.items()}
    for row in _rows(groups, pattern, since, until, say):
        group = row["@log"].partition(":")[2] or row["@log"]
        yield event(_milliseconds(row["@timestamp"]), sources[group], row.get("@logStream", ""), row["@message"])


def _rows(groups: Groups, pattern: str, since: int, until: int, say: Callable[[str], None]) -> list[dict[str, str]]:
    answer = _answer(groups, pattern, since, until)
    scanned = answer.get("statistics", {}).get("bytesScanned", 0.0)
    say(f"Logs Insights scanned {_size(scanned)}, for about ${scanned / 1e9 * DOLLARS_PER_GB:.4f}")
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    if len(rows) == MOST_ROWS:
        say(f"Only the first {MOST_ROWS} events are shown. Pass a shorter --since to see others.")
    return rows


def _answer(groups: Groups, pattern: str, since: int, until: int) -> Any:
    """The answer of a query that ended well."""
    client = groups.client
    with explain("Cannot query the logs"):
        started = client.start_query(
            logGroupNames=sorted(groups.names.values()),
            startTime=since // 1000,
            endTime=until // 1000 + 1,
            queryString="fields @timestamp, @log, @logStream, @message"
            f" | filter @message like /{_escaped(pattern)}/ | sort @timestamp asc",
            limit=MOST_ROWS,
        )["queryId"]
    try:
        answer = _ended(client, started)
    except BaseException:
        with contextlib.suppress(ClientError):  # it may have ended just now
            client.stop_query(queryId=started)
        raise
    if answer["status"] != "Complete":
        raise StackError(f"Cannot query the logs: the query ended as {answer['status']}. Run the command again.")
    return answer


def _ended(client: CloudWatchLogsClient, started: str) -> Any:
    deadline = clock.now() + LONGEST_SECONDS
    while clock.now() < deadline:
        with explain("Cannot read the answer to a query of the logs"):
            answer = client.get_query_results(queryId=started)
        if answer["status"] in ENDED:
            return answer
        clock.sleep(POLL_SECONDS)
    raise StackError(
        f"Cannot query the logs: the query took longer than {LONGEST_SECONDS:.0f} s. Pass a shorter --since."
    )


def _escaped(pattern: str) -> str:
    return pattern.replace("/", r"\/")


def _milliseconds(text: str) -> int:
    """Insights writes times as ``2026-11-28 19:26:33.963``, in UTC."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1000)


def _size(scanned: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if scanned < 1000:  # noqa: PLR2004
            return f"{scanned:.0f} {unit}"
        scanned /= 1000
    return f"{scanned:.1f} GB"
