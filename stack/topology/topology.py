"""The whole system: its resources, their settings and their permissions. A pure declaration.

                          ┌─ role ── log group        a pair for each function        functions.py, grants.py
rest api ── function ─────┼─ layers
    │           │         └─ table
    │           └────────── buckets, queues           alarms and dashboard             storage.py, watching/
    └────── user pool (API Gateway verifies its tokens)                               api/
"""

from __future__ import annotations

from typing import Any

from stack.engine.model import Desired
from stack.target.target import Target
from stack.topology import storage
from stack.topology.api.rest_api import rest_api
from stack.topology.functions import functions
from stack.topology.options import Options
from stack.topology.watching import watching


def topology(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """Every resource that should exist on ``target``."""
    return (
        storage.table(target),
        storage.users(target, options),
        *storage.buckets(target, options),
        *storage.queues(target),
        *watching(target, options),
        *functions(target, options),
        *rest_api(target, options),
    )
