"""A stack on a target: its endpoint, region and account, the names of its resources, and its AWS clients."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from stack.errors import StackError, is_unanswered
from stack.target import guards
from stack.target.session import emulator_session
from stack.target.target_kind import EMULATOR_ACCOUNT, TargetKind

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
_READS = ("Get", "List", "Describe", "Head", "BatchGet", "Filter", "Lookup", "Scan", "Query")


@dataclass(slots=True)
class Calls:
    """The number of AWS calls, by ``service:Operation``."""

    made: Counter[str] = field(default_factory=Counter)

    @property
    def reads(self) -> int:
        return sum(n for call, n in self.made.items() if is_read(call.partition(":")[2]))

    @property
    def writes(self) -> int:
        return sum(self.made.values()) - self.reads


def is_read(operation: str) -> bool:
    """Return whether an operation only reads, judged by its name."""
    return operation.startswith(_READS)


class Target:
    """One stack on one target. Each client is made once, can be shared between threads, and counts its calls."""

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
        self._clients: dict[str, Any] = {}
        self._halted = threading.Event()
        self._lock = threading.Lock()
        if kind is not TargetKind.MOTO:
            session.events.register("before-send.*", guards.keep_to(endpoint_url))

    @property
    def is_emulator(self) -> bool:
        return self.kind is not TargetKind.AWS

    def client(self, service: str) -> Any:
        """Return the one client of ``service``."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def halt(self) -> None:
        """Refuse every further AWS call, by any client."""
        self._halted.set()

    def named(self, key: str) -> str:
        """The name in AWS of ``key`` in this stack."""
        return f"{self.stack}-{key}"

    def regional(self, key: str) -> str:
        """The name of ``key`` where one account has only one list of names for all regions, as IAM has for roles."""
        return f"{self.named(key)}-{self.region}"

    def bucket(self, key: str) -> str:
        """The name of a bucket, unique in all of AWS; at most 63 characters."""
        return f"{self.named(key)}-{self.account_id}-{self.region}"

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """The ARN of a resource that the stack names; ``region=False`` for a global service."""
        return f"arn:aws:{service}:{self.region if region else ''}:{self.account_id}:{resource}"

    def api_url(self, api_id: str, stage: str) -> str:
        """The address of a stage: on an emulator a path of its own address, so that no host name must resolve."""
        if self.is_emulator:
            return f"{self.endpoint_url}/_aws/execute-api/{api_id}/{stage}"
        return f"https://{api_id}.execute-api.{self.region}.amazonaws.com/{stage}"

    def bucket_url(self, name: str) -> str:
        """The address of a bucket for clients: on an emulator a path, so that no host name must resolve."""
        if self.is_emulator:
            return f"{self.endpoint_url}/{name}"
        return f"https://{name}.s3.{self.region}.amazonaws.com"

    def pinned_id(self, name: str) -> dict[str, str]:
        """The tag with which an emulator gives a REST API the same id each time, so that its address stays."""
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
                max_pool_connections=32,  # the engine's number of workers
                retries={"mode": "standard", "total_max_attempts": 5},
                s3={"addressing_style": "path"} if self.is_emulator else {},
                proxies={} if self.endpoint_url else None,  # an emulator is never behind a proxy
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
    """Keep botocore from repeating a write without an answer: AWS would keep both resources.

    The first handler that returns no None decides. Botocore therefore repeats reads and throttled calls, with its
    back-off; after a write without an answer the engine reads the resource again.
    """
    unanswered = caught_exception is not None or (response is not None and is_unanswered(response[0].status_code))
    return False if unanswered and not is_read(operation.name) else None


def connect(
    kind: TargetKind,
    *,
    stack: str,
    region: str | None,
    endpoint_url: str | None,
    services: Collection[str] = frozenset(),
    expected_account: str | None = None,
) -> Target:
    """Return the target with its name and endpoint checked; on AWS also account, region and ``services``.

    Raises:
        StackError: a guard refused; nothing was written.
    """
    if not NAME.fullmatch(stack):
        raise StackError(
            f"Cannot use the stack name {stack!r}. "
            "It must have 1 to 20 lower-case letters, digits and hyphens, and begin with a letter."
        )
    if kind is TargetKind.AWS:
        return _amazon(stack, region, endpoint_url, expected_account, services)
    if not endpoint_url:
        raise StackError(f"--target {kind} needs an endpoint. Pass --endpoint-url or set STACK_ENDPOINT_URL.")
    if guards.is_amazon(endpoint_url):
        raise StackError(f"--target {kind} must not call Amazon, but the endpoint is {endpoint_url}. Use --target aws.")
    return Target(
        kind,
        stack=stack,
        region=region or "us-east-1",
        account_id=EMULATOR_ACCOUNT,
        endpoint_url=endpoint_url,
        session=emulator_session(),
    )


def _amazon(
    stack: str, region: str | None, endpoint_url: str | None, expected: str | None, services: Collection[str]
) -> Target:
    if endpoint_url:
        raise StackError(f"--target aws takes no endpoint, but it is {endpoint_url}. Omit it, or name its target.")
    account = guards.expected_account(expected)
    try:
        session = boto3.Session(region_name=region)
        guards.check_overrides(session)
    except ProfileNotFound as error:
        raise StackError(f"{error}. Set AWS_PROFILE to a profile that `aws configure list-profiles` shows.") from error
    target = Target(
        TargetKind.AWS,
        stack=stack,
        region=guards.check_region(session, services),
        account_id=account,
        endpoint_url=None,
        session=session,
    )
    guards.check_account(target.client("sts"), account)
    return target


def check_reachable(target: Target) -> None:
    """Open one connection, so that an unreachable endpoint is one sentence and not a page of retries.

    Raises:
        StackError: nothing answers.
    """
    if not target.endpoint_url:
        return
    url = urlsplit(target.endpoint_url)
    try:
        address = (url.hostname or "", url.port or {"https": 443}.get(url.scheme, 80))
        socket.create_connection(address, timeout=5).close()
    except (OSError, ValueError) as error:
        raise StackError(
            f"Cannot reach {target.endpoint_url}: {error}. Start the emulator with `stack up`, or pass --endpoint-url."
        ) from error
