"""What closing accounts costs: everybody a read with each request, and one user's erasing its time."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import stack_bench
from tests.bench.table import Line, interleaved, spread, timed
from tests.e2e.api import COFFEE, Stack
from tests.e2e.test_account_deletion import CLOSE, fill

ROWS, RECEIPTS = 5_000, 50
TIMES = 300
PATIENCE = 120
"""Seconds."""
CHECK = "if is_closed(dynamodb(), settings.table_name, sub):"


def measure(stack: Stack, project: Path) -> Iterator[Line]:
    """``project`` is a copy of ours, whose handlers may be edited."""
    yield from _erasing(stack)
    yield from _check(stack, _unchecked(stack, project))


def _erasing(stack: Stack) -> Iterator[Line]:
    user = stack.sign_up()
    fill(stack, user, ROWS, RECEIPTS)
    api, start = stack.api(user), time.perf_counter()
    what = f"an account of {ROWS:,} expenses and {RECEIPTS} receipts"
    yield Line(f"close {what}", timed(lambda: api.call("DELETE", CLOSE)) * 1000, "ms")
    while _left(stack, user.sub) and time.perf_counter() - start < PATIENCE:
        time.sleep(0.05)
    yield Line(f"erase {what}", time.perf_counter() - start, "s", f"{_left(stack, user.sub)} rows and versions left")


def _left(stack: Stack, sub: str) -> int:
    """Rows, versions and marks of a user."""
    rows = stack.client("dynamodb").query(
        TableName=stack.outputs["table_name"],
        Select="COUNT",
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"USER#{sub}"}},
    )["Count"]
    bucket: dict[str, str] = {"Bucket": stack.outputs["receipts_bucket"]}
    pages = [
        stack.client("s3").list_object_versions(**bucket, Prefix=f"{prefix}/{sub}/")
        for prefix in ("users", "receipts", "thumbnails")
    ]
    return int(rows) + sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages)


def _unchecked(stack: Stack, project: Path) -> Stack:
    """A second stack on the same emulator whose functions let closed accounts in."""
    source = project / "handlers" / "runtime" / "admission.py"
    text = source.read_text()
    assert CHECK in text
    source.write_text(text.replace(CHECK, "if False:"))
    where = ("--endpoint-url", str(stack.outputs["endpoint_url"]), "--name", "unchecked", "--json")
    home = project / "home"
    stack_bench.command("apply", *where, home=home, project=project)
    _, done = stack_bench.command("outputs", *where, home=home, project=project)
    return Stack(json.loads(done.stdout))


def _check(stack: Stack, unchecked: Stack) -> Iterator[Line]:
    kinds: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        name: (_call(stack, *request), _call(unchecked, *request))
        for name, request in {
            "GET /profile": ("GET", "/profile", None),
            "GET /reports/trend": ("GET", "/reports/trend", None),
            "POST /expenses": ("POST", "/expenses", COFFEE),
        }.items()
    }
    calls = [call for pair in kinds.values() for call in pair]
    for call in calls:
        call()
    taken = interleaved(calls, TIMES)
    for at, name in enumerate(kinds):
        now, before = taken[2 * at], taken[2 * at + 1]
        ratio = statistics.median(now) / statistics.median(before)
        note = f"{spread(now)}, {statistics.median(before):.2f} without the check: {ratio:.2f} of it"
        yield Line(name, statistics.median(now), "ms", note)


def _call(stack: Stack, method: str, path: str, body: Any) -> Callable[[], object]:
    api = stack.api(stack.sign_up())
    return lambda: api.call(method, path, json=body)
