"""Measure the bytes that a request writes into the logs, and CloudWatch's price for a million requests.

The lines of the functions are those of the emulator, which writes START, END and REPORT as AWS does. Where
nothing writes the gateway's access log, its line is the declared format with values of a usual length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from stack.topology.api.rest_api import ACCESS_LOG, log_format
from tests.bench.table import Line
from tests.e2e.api import Stack
from tests.e2e.logged import messages
from tests.e2e.receipts import Wallet
from tests.unit import files

TIMES = 50
UPLOADS = 5
SETTLE_SECONDS = 2
"""Until the last lines of the functions are in their groups."""
EVENT_BYTES = 26
"""Bytes that PutLogEvents counts for each event beside its message.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""
INGESTED, STORED = 0.50, 0.03
"""Dollars for a gigabyte, and for one that is kept for a month, in us-east-1 in November 2026.
https://aws.amazon.com/cloudwatch/pricing/
"""
USUAL = {"$context.requestTime": "28/Nov/2026:19:23:33 +0000", "$context.requestTimeEpoch": "1795894748547"}
ID = "8f1c2d0e-0000-4000-8000-000000000001"


def measure(stack: Stack) -> Iterator[Line]:
    """Bytes of each request, and dollars for a million."""
    wallet = Wallet.of(stack)
    api, expense = wallet.api, wallet.api.create()
    photo = files.photo(size=(70, 50))
    requests: dict[str, tuple[int, Callable[[], object]]] = {
        "GET /health": (TIMES, lambda: api.call("GET", "/health")),
        "GET /expenses/{id}": (TIMES, lambda: api.call("GET", f"/expenses/{expense['id']}")),
        "GET /expenses": (TIMES, lambda: api.call("GET", "/expenses")),
        "POST /expenses": (TIMES, api.create),
        "a receipt: asked for, uploaded, inspected, awaited": (
            UPLOADS,
            lambda: wallet.uploaded(api.create(), photo),
        ),
    }
    for name, (times, request) in requests.items():
        before = _size(stack)
        for _ in range(times):
            request()
        time.sleep(SETTLE_SECONDS)
        after = _size(stack)
        written = (after[0] - before[0]) / times
        yield Line(name, written, "B", f"{(after[1] - before[1]) / times:.1f} events, {_dollars(written)}")
    yield Line("beside them, the gateway's line of a request", _gateway(stack), "B", _dollars(_gateway(stack)))


def _size(stack: Stack) -> tuple[int, int]:
    """Bytes and events of the functions' logs."""
    groups = [group for name, group in stack.outputs["log_groups"].items() if name != "api"]
    sizes = [len(line.encode()) + EVENT_BYTES for group in groups for line in messages(stack, group)]
    return sum(sizes), len(sizes)


def _gateway(stack: Stack) -> float:
    """Bytes of the gateway's line: the mean of those that were written, or of the format."""
    written = [len(line.encode()) for line in messages(stack, stack.outputs["log_groups"]["api"])]
    if written:
        return sum(written) / len(written) + EVENT_BYTES
    text = log_format()
    for variable in ACCESS_LOG.values():
        text = text.replace(f'"{variable}"', f'"{USUAL.get(variable, ID if variable.endswith("Id") else "200")}"')
    return len(text) + EVENT_BYTES


def _dollars(written: float) -> str:
    """The price of a million times these bytes, of which CloudWatch stores 15 % after compression."""
    gigabytes = written * 1_000_000 / 1e9
    return f"${gigabytes * INGESTED:.2f} a million, and ${gigabytes * 0.15 * STORED:.3f} for each month of storage"
