"""Where a stack lives: the kind of target, its endpoint, region and account, and the clients that talk to it.

``local``       the embedded emulator, by whoever started it
``localstack``  LocalStack, by whoever started it
``aws``         Amazon; the account must be named beforehand, and is checked before anything else
``moto``        moto within one process: only for the tests, as one more opinion of what AWS does
"""

from __future__ import annotations

import enum
import hashlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from stack.errors import StackError, is_lost
from stack.target import guards
from stack.target.session import emulator_session

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
EMULATOR_ACCOUNT = "000000000000"
_READS = ("Get", "List", "Describe", "Head", "BatchGet", "Filter", "Lookup", "Scan", "Query")


class TargetKind(enum.StrEnum):
    """What an endpoint is, and so what it enforces."""

    LOCAL = "local"
    LOCALSTACK = "localstack"
    AWS = "aws"
    MOTO = "moto"


SELECTABLE = (TargetKind.LOCAL, TargetKind.LOCALSTACK, TargetKind.AWS)
"""The targets of the command."""


@dataclass(slots=True)
class Calls:
    """How many calls were made, by ``service:Operation``."""

    made: Counter[str] = field(default_factory=Counter)

    @property
    def reads(self) -> int:
        return sum(n for call, n in self.made.items() if is_read(call.partition(":")[2]))

    @property
    def writes(self) -> int:
        return sum(self.made.values()) - self.reads


def is_read(operation: str) -> bool:
    """Whether an operation, by AWS's own naming, leaves everything as it was."""
    return operation.startswith(_READS)


class Target:
    """One stack on one target. Clients are made once each, are safe to share between threads, and are counted."""

    def __init__(
        self,
        kind: TargetKind,
        *,
        stack: str,
        region: str,
        account_id: str,
        endpoint_url: str | None,
        session: boto3.Session,
    ) -> None:
        self.kind, self.stack, self.region = kind, stack, region
        self.account_id, self.endpoint_url, self.session = account_id, endpoint_url, session
        self.calls = Calls()
        self.artifacts: dict[str, Callable[[], bytes]] = {}
        self._clients: dict[str, Any] = {}
        self._halted = threading.Event()
        self._lock = threading.Lock()
        if kind is not TargetKind.MOTO:
            session.events.register("before-send.*", guards.keep_to(endpoint_url))

    @property
    def is_local(self) -> bool:
        return self.kind is not TargetKind.AWS

    def client(self, service: str) -> Any:
        """Return the one client of ``service``."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def halt(self) -> None:
        """Let no more call leave, of any client."""
        self._halted.set()

    def named(self, key: str) -> str:
        """The physical name of ``key`` in this stack."""
        return f"{self.stack}-{key}"

    def bucket(self, key: str) -> str:
        """The name of a bucket, which no other account may have in all of AWS: at most 63 characters."""
        return f"{self.named(key)}-{self.account_id}-{self.region}"

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """The ARN of a resource whose name we choose; ``region=False`` for the global services."""
        return f"arn:aws:{service}:{self.region if region else ''}:{self.account_id}:{resource}"

    def artifact(self, fingerprint: str) -> bytes:
        """The zip that a property declares by its ``fingerprint``; built only when it is asked for."""
        return self.artifacts[fingerprint]()

    def api_url(self, api_id: str, stage: str) -> str:
        """Where a stage answers: on an emulator under its own address, so that no name needs resolving."""
        if self.is_local:
            return f"{self.endpoint_url}/_aws/execute-api/{api_id}/{stage}"
        return f"https://{api_id}.execute-api.{self.region}.amazonaws.com/{stage}"

    def bucket_url(self, name: str) -> str:
        """The address of a bucket as clients reach it: on an emulator by path, so that no name needs resolving."""
        if self.is_local:
            return f"{self.endpoint_url}/{name}"
        return f"https://{name}.s3.{self.region}.amazonaws.com"

    def pinned_id(self, name: str) -> dict[str, str]:
        """The tag by which an emulator gives a REST API the same id each time, so that its address stays."""
        tag = {TargetKind.LOCAL: "ms-custom-id", TargetKind.LOCALSTACK: "_custom_id_"}.get(self.kind)
        return {tag: hashlib.sha256(name.encode()).hexdigest()[:8]} if tag else {}

    def _made(self, service: str) -> Any:
        client = self.session.client(  # type: ignore[call-overload]  # one method for every service name
            service,
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            config=Config(
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=32,  # as many as the engine has workers
                retries={"mode": "standard", "total_max_attempts": 5},
                s3={"addressing_style": "path"} if self.is_local else {},
                proxies={} if self.endpoint_url else None,  # an emulator is never behind the user's proxy
                signature_version="s3v4" if service == "s3" else None,
            ),
        )
        client.meta.events.register("before-call.*", self._count)
        client.meta.events.register_first("needs-retry.*", _never_blindly)
        return client

    def _count(self, model: Any, **_: Any) -> None:
        if self._halted.is_set():
            raise StackError(f"interrupted before {model.name}")
        self.calls.made[f"{model.service_model.service_name}:{model.name}"] += 1


def _never_blindly(operation: Any, response: Any = None, caught_exception: Any = None, **_: Any) -> bool | None:
    """Keep botocore from repeating a write whose answer was lost: what was made twice, AWS would keep twice.

    The first handler that does not answer None decides. So reads, and whatever was refused for coming too fast,
    are repeated by botocore, with its back-off; for a lost write the engine looks what became of it.
    """
    lost = caught_exception is not None or (response is not None and is_lost(response[0].status_code))
    return False if lost and not is_read(operation.name) else None


def connect(
    kind: TargetKind,
    *,
    stack: str,
    region: str | None,
    endpoint_url: str | None,
    expected_account: str | None = None,
) -> Target:
    """Return the target, checked: its name, its endpoint, and on AWS the account behind the credentials.

    Raises:
        StackError: a guard refused; nothing was written.
    """
    if not NAME.fullmatch(stack):
        raise StackError(
            f"the stack's name {stack!r} must be 1 to 20 lower-case letters, digits and hyphens, a letter first"
        )
    if kind is TargetKind.AWS:
        return _amazon(stack, region, endpoint_url, expected_account)
    if not endpoint_url:
        raise StackError(f"--target {kind} needs --endpoint-url (or STACK_ENDPOINT_URL)")
    if guards.is_amazon(endpoint_url):
        raise StackError(
            f"--target {kind} must not talk to Amazon, but the endpoint is {endpoint_url}; use --target aws"
        )
    return Target(
        kind,
        stack=stack,
        region=region or "us-east-1",
        account_id=EMULATOR_ACCOUNT,
        endpoint_url=endpoint_url,
        session=emulator_session(),
    )


def _amazon(stack: str, region: str | None, endpoint_url: str | None, expected: str | None) -> Target:
    if endpoint_url:
        raise StackError(f"--target aws was given the endpoint {endpoint_url}; leave it out, or name the target it is")
    account = guards.expected_account(expected)
    try:
        session = boto3.Session(region_name=region)
        guards.check_overrides(session)
    except ProfileNotFound as error:
        raise StackError(f"{error}: set AWS_PROFILE to one that `aws configure list-profiles` shows") from error
    target = Target(
        TargetKind.AWS,
        stack=stack,
        region=guards.check_region(session),
        account_id=account,
        endpoint_url=None,
        session=session,
    )
    guards.check_account(target.client("sts"), account)
    return target


def check_reachable(target: Target) -> None:
    """Open one connection, so that an endpoint nobody serves is one sentence and not a page of retries.

    Raises:
        StackError: nothing answers there.
    """
    if not target.endpoint_url:
        return
    url = urlsplit(target.endpoint_url)
    try:
        address = (url.hostname or "", url.port or {"https": 443}.get(url.scheme, 80))
        socket.create_connection(address, timeout=5).close()
    except (OSError, ValueError) as error:
        raise StackError(
            f"nothing answers at {target.endpoint_url} ({error}): start it with `stack up`, or say --endpoint-url"
        ) from error
