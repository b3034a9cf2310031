"""The metrics and log events that an emulator keeps when it lives for weeks, and its copies of them for a snapshot."""

from __future__ import annotations

import asyncio
import copy
import time
from typing import Any

from coarse_points import coarser
from measurements import PATCH
from ministack.services import cloudwatch, cloudwatch_logs
from pinned import require, require_parameters

MOST_STREAMS, MOST_EVENTS = 10_000, 100_000
"""Log streams and log events kept of a group: each invocation makes a stream of five events or more."""
MOST_TRANSITIONS = 10_000
"""Entries in the history of all alarms."""


def apply() -> None:
    """Keep MiniStack from looking for old data points at each call, and from copying each one for a snapshot."""
    require_parameters(cloudwatch._evict_old_metrics, (), PATCH)
    cloudwatch._evict_old_metrics = lambda: None
    for service, store, copied in (
        (cloudwatch, "metrics", _metrics),
        (cloudwatch_logs, "log_groups", _log_groups),
    ):
        names = set(service.get_state())
        require(store in names, PATCH, f"the state of {service.__name__} has {store}")
        require(all(hasattr(service, f"_{name}") for name in names), PATCH, "each part of a state is a store")
        service.get_state = _getter(service, names - {store}, store, copied)


async def forget_old() -> None:
    """Make old data points coarser, and remove the oldest of everything; with a pause for requests after each part."""
    now = time.time()
    for key, points in list(cloudwatch._metrics._data.items()):
        points[:] = coarser(points, now)
        if not points:
            cloudwatch._metrics._data.pop(key, None)
        await asyncio.sleep(0)
    for group in list(cloudwatch_logs._log_groups._data.values()):
        forget_events(group, now)
        await asyncio.sleep(0)
    for store in (cloudwatch_logs._log_records._data, cloudwatch_logs._queries._data):
        for key in list(store)[:-MOST_EVENTS]:
            del store[key]
    for entries in cloudwatch._alarm_history._data.values():
        del entries[:-MOST_TRANSITIONS]


def forget_events(group: dict[str, Any], now: float) -> None:
    """Remove the log events that are older than the retention of their group, or too many for this machine."""
    days, streams = group.get("retentionInDays"), group["streams"]
    oldest = (now - days * 86_400) * 1000 if days else 0
    events = 0
    for number, (name, stream) in enumerate(reversed(list(streams.items()))):
        room = MOST_EVENTS - events
        events += len(stream["events"])
        if number >= MOST_STREAMS or room <= 0 or (stream["lastEventTimestamp"] or stream["creationTime"]) < oldest:
            del streams[name]
        elif len(stream["events"]) > room:
            with cloudwatch_logs._log_events_lock:
                stream["events"] = stream["events"][-room:]


def _getter(service: Any, others: set[str], store: str, copied: Any) -> Any:
    return lambda: {
        store: copied(getattr(service, f"_{store}")),
        **{name: copy.deepcopy(getattr(service, f"_{name}")) for name in sorted(others)},
    }


def _metrics(stored: Any) -> Any:
    """Copy the lists of points; no point ever changes."""
    return stored.from_dict({key: list(points) for key, points in list(stored._data.items())})


def _log_groups(stored: Any) -> Any:
    """Copy groups and streams, and the lists of events; no event ever changes."""
    return stored.from_dict({key: _log_group(group) for key, group in list(stored._data.items())})


def _log_group(group: dict[str, Any]) -> dict[str, Any]:
    streams = {name: {**stream, "events": list(stream["events"])} for name, stream in list(group["streams"].items())}
    return {**copy.deepcopy({name: value for name, value in group.items() if name != "streams"}), "streams": streams}
