"""Every line of every log of a stack: those of CloudWatch, and the emulator's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e.api import COFFEE, PASSWORD, Stack

PAGE = 10_000
"""Events of one answer at most. The emulator gives no token for the next ones."""
MERCHANT = str(COFFEE["merchant"]).encode("ascii", "ignore").decode()
PRIVATE = re.compile(rf"@example\.|eyJ[\w-]{{10,}}\.|X-Amz-(Signature|Credential)=|{PASSWORD}|{MERCHANT}")


def lines(stack: Stack) -> list[str]:
    """Every message of every log group."""
    groups = stack.client("logs").get_paginator("describe_log_groups").paginate()
    names = [group["logGroupName"] for page in groups for group in page["logGroups"]]
    return [line for name in names for line in messages(stack, name)]


def private(stack: Stack, emulator_log: Path) -> list[str]:
    """The lines with an e-mail address, a token, a signature, a password, or the merchant of most tests."""
    own = emulator_log.read_text(errors="replace").splitlines()
    return [line for line in (*lines(stack), *own) if PRIVATE.search(line)]


def documents(stack: Stack, group: str, term: str) -> list[dict[str, Any]]:
    """The messages of a function or of the gateway (``api``) that are JSON and have ``term``."""
    found = messages(stack, stack.outputs["log_groups"][group], filterPattern=f'"{term}"')
    return [json.loads(line) for line in found if line.startswith("{")]


def messages(stack: Stack, group: str, **options: str) -> Iterator[str]:
    """The messages of a group; some twice where there are more than one answer has."""
    start: int | None = 0
    while start is not None:
        asked: dict[str, Any] = {"logGroupName": group, "startTime": start, "limit": PAGE, **options}
        pages = list(stack.client("logs").get_paginator("filter_log_events").paginate(**asked))
        events = [event for page in pages for event in page["events"]]
        yield from (event["message"] for event in events)
        start = max(events[-1]["timestamp"], start + 1) if len(events) == PAGE * len(pages) else None
