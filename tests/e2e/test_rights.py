"""A missing right never reads as "does not exist" or "not ours": each read of each kind is refused in turn, on moto."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack.engine.model import Live
from stack.errors import StackError
from stack.kinds import KINDS
from stack.target.target import Target, is_read
from tests.e2e.opinions import moto
from tests.e2e.places import place_of

REFUSED = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}, "ResponseMetadata": {"HTTPStatusCode": 403}}


@pytest.fixture(scope="module")
def amazon() -> Iterator[Target]:
    with moto() as target:
        yield target


@contextlib.contextmanager
def refused(target: Target, called: str) -> Iterator[None]:
    """Refuse one operation, ``service:Operation``, as IAM does."""
    service, _, operation = called.partition(":")
    events, name = target.client(service).meta.events, f"before-call.*.{operation}"

    def refuse(**_: Any) -> None:
        raise ClientError(REFUSED, operation)  # type: ignore[arg-type]

    events.register(name, refuse)
    try:
        yield
    finally:
        events.unregister(name, refuse)


def reads_of(target: Target, call: Callable[[], object]) -> list[str]:
    target.calls.made.clear()
    call()
    return sorted(called for called in target.calls.made if is_read(called.partition(":")[2]))


@pytest.mark.parametrize("kind_name", [kind.name for kind in KINDS])
def test_each_read_that_is_refused_is_an_error(amazon: Target, kind_name: str) -> None:
    place = place_of(amazon, kind_name)
    place.bring()
    name, registry = place.sample.resource.name, place.engine.registry

    def read() -> Live[Any] | None:
        return registry.read(kind_name, name, place.address)

    reads = reads_of(place.target, read)
    assert len(reads) > 0
    for called in reads:
        with refused(place.target, called), pytest.raises(StackError, match=r"Cannot read .*(not authorized|Allow)"):
            read()
    for called in reads_of(place.target, lambda: registry.names(kind_name)):
        with refused(place.target, called), pytest.raises(StackError, match=r"Cannot list .*not authorized"):
            registry.names(kind_name)
