"""The registry: every kind, in the order of creation. Deletion goes the other way."""

from __future__ import annotations

from typing import Any

from stack.engine.kind import Kind
from stack.kinds.alarm import Alarm
from stack.kinds.aws_kind import AwsKind
from stack.kinds.bucket import Bucket
from stack.kinds.dashboard import Dashboard
from stack.kinds.function import Function
from stack.kinds.layer import Layer
from stack.kinds.log_group import LogGroup
from stack.kinds.queue import Queue
from stack.kinds.rest_api import RestApi
from stack.kinds.role import Role
from stack.kinds.table import Table
from stack.kinds.topic import Topic
from stack.kinds.user_pool import UserPool
from stack.target.target import Target

KINDS: tuple[type[AwsKind[Any]], ...] = (
    LogGroup,
    Table,
    UserPool,
    Topic,
    Queue,
    Alarm,
    Dashboard,
    Role,
    Layer,
    Function,
    Bucket,
    RestApi,
)
SERVICES = frozenset({kind.service for kind in KINDS} | {"sts"})
"""Every AWS service that a stack uses; STS identifies the account."""


def kinds(target: Target) -> dict[str, Kind[Any]]:
    """One of each kind, by name, for ``target``."""
    return {kind.name: kind(target) for kind in KINDS}
