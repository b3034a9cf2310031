"""Two more implementations of AWS, independent of the emulator, to hold the provisioner against."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from moto.apigateway.models import apigateway_backends
from moto.cognitoidp.models import cognitoidp_backends

from stack.engine.kind import Kind
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.kinds import KINDS, kinds
from stack.kinds.aws_kind import AwsKind
from stack.kinds.rest_api import RestApi
from stack.kinds.rest_api.props import RestApiProps
from stack.kinds.user_pool import UserPool
from stack.kinds.user_pool.props import UserPoolProps
from stack.target.capabilities import absent
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from tests.localstack import server

STACK = "opinions"
MOTO_ACCOUNT = "123456789012"


@contextlib.contextmanager
def opinion(kind: TargetKind, folder: Path) -> Iterator[Target]:
    """The target ``kind``, empty; what it writes goes into ``folder``.

    Raises:
        server.Unavailable: it cannot run on this machine.
    """
    with moto() if kind is TargetKind.MOTO else localstack(folder) as target:
        yield target


@contextlib.contextmanager
def moto() -> Iterator[Target]:
    """Moto in this process. A function that is invoked answers without being run.

    Moto loads a service at its first request. Two threads that load services at the same time can end in a deadlock of
    imports, or in "AST constructor recursion depth mismatch", since Werkzeug parses Python for each route
    (https://github.com/python/cpython/issues/106905). The listings below load every service before there are threads.
    """
    with mock_aws(config={"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": True}}):
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
        target = Target(
            TargetKind.MOTO,
            stack=STACK,
            region="us-east-1",
            account_id=MOTO_ACCOUNT,
            endpoint_url=None,
            session=session,
        )
        for kind in kinds(target).values():
            list(kind.names())
        yield target


@contextlib.contextmanager
def localstack(folder: Path) -> Iterator[Target]:
    """LocalStack 4.14.0 core in a process of its own, which runs functions in child processes."""
    with server.running(folder) as endpoint:
        yield connect(TargetKind.LOCALSTACK, stack=STACK, region=None, endpoint_url=endpoint)


class MotoUserPool(UserPool):
    """Moto knows no TagResource for user pools."""

    def stamp(self, live: Live[UserPoolProps], tags: Mapping[str, str]) -> None:
        backend = cognitoidp_backends[self.target.account_id][self.target.region]
        backend.describe_user_pool(live.outputs["id"]).extended_config["UserPoolTags"].update(tags)


class MotoRestApi(RestApi):
    """Moto tags stages, and knows neither TagResource nor GetTags for an API."""

    def tags(self, api_id: str) -> Mapping[str, str]:
        return self._api(api_id).tags or {}

    def stamp(self, live: Live[RestApiProps], tags: Mapping[str, str]) -> None:
        self._api(live.outputs["id"]).tags.update(tags)

    def _api(self, api_id: str) -> Any:
        return apigateway_backends[self.target.account_id][self.target.region].apis[api_id]


class StandIn(AwsKind[Any]):
    """In place of a kind that a target does not have: remembered, and giving others something of the right shape."""

    service = "none"
    name_pattern = ".+"

    def __init__(self, target: Target, name: str) -> None:
        super().__init__(target)
        self.name = name  # type: ignore[misc]  # otherwise of the class
        self.made: dict[str, Live[Any]] = {}

    def read(self, name: str) -> Live[Any] | None:
        return self.made.get(name)

    def create(self, desired: Desired[Any], tags: Mapping[str, str]) -> None:
        owner, applied = read_stamp(tags)
        arn = self.target.arn("cognito-idp", "userpool/us-east-1_abcdefghi")
        outputs = {"arn": arn, "name": desired.name, "id": "us-east-1_abcdefghi", "client_id": "1234567890abcdefghij"}
        self.made[desired.name] = Live(desired.name, desired.props, outputs, owner, applied)

    def update(self, live: Live[Any], desired: Desired[Any], changed: frozenset[str]) -> None:
        self.made[live.name] = replace(live, props=desired.props)

    def delete(self, live: Live[Any]) -> None:
        self.made.pop(live.name, None)

    def stamp(self, live: Live[Any], tags: Mapping[str, str]) -> None:
        owner, applied = read_stamp(tags)
        self.made[live.name] = replace(live, owner=owner, applied=applied)

    def names(self) -> Iterable[str]:
        return list(self.made)


def kinds_of(target: Target) -> dict[str, Kind[Any]]:
    """Every kind on ``target``, as well as it can be had there."""
    made: dict[str, Kind[Any]] = {**kinds(target), **{name: StandIn(target, name) for name in absent(target.kind)}}
    if target.kind is TargetKind.MOTO:
        made |= {"user_pool": MotoUserPool(target), "rest_api": MotoRestApi(target)}
    return {kind.name: made[kind.name] for kind in KINDS}
