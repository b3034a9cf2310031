"""The document of ``stack outputs --json``: addresses, names and ids, read from the resources that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stack.engine.model import Desired, kind_of
from stack.errors import StackError
from stack.target.target import Target
from stack.topology.addresses import API, DASHBOARD, DEAD_LETTERS, POOL, RECEIPTS, TABLE, WEB

Outputs = Mapping[str, Mapping[str, str]]
"""The outputs of resources, by address."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the document. ``source`` is the address of a resource, or a kind for a field with all of a kind."""

    source: str
    value: Callable[[Target, Outputs], Any]


def _output(address: str, output: str, suffix: str = "") -> Field:
    return Field(address, lambda _, outputs: outputs[address][output] + suffix)


def _each(kind: str, output: str) -> Field:
    """One output of each resource of a kind, by the key in its address."""

    def value(_: Target, outputs: Outputs) -> dict[str, str]:
        return {a.partition(".")[2]: of[output] for a, of in sorted(outputs.items()) if kind_of(a) == kind}

    return Field(kind, value)


def _names(kind: str) -> Field:
    """The names of all resources of a kind."""
    return Field(kind, lambda _, outputs: sorted(of["name"] for a, of in outputs.items() if kind_of(a) == kind))


def _jwks_url(target: Target, outputs: Outputs) -> str:
    pool = outputs[POOL]
    base = f"{target.endpoint_url}/{pool['id']}" if target.is_emulator else pool["issuer"]
    return f"{base}/.well-known/jwks.json"


FIELDS: dict[str, Field | None] = {
    "api_url": _output(API, "url"),
    "web_url": None,
    "docs_url": _output(API, "url", "/docs"),
    "user_pool_id": _output(POOL, "id"),
    "user_pool_client_id": _output(POOL, "client_id"),
    "issuer": _output(POOL, "issuer"),
    "jwks_url": Field(POOL, _jwks_url),
    "table_name": _output(TABLE, "name"),
    "receipts_bucket": _output(RECEIPTS, "name"),
    "web_bucket": _output(WEB, "name"),
    "dead_letters_url": _output(DEAD_LETTERS, "url"),
    "dashboard_name": _output(DASHBOARD, "name"),
    "alarms": _names("alarm"),
    "log_groups": _each("log_group", "name"),
    "functions": _each("function", "name"),
    "queues": _each("queue", "url"),
}
"""The fields that come from resources; None for a field whose resource does not exist yet in this version."""


def sources(topology: Iterable[Desired[Any]], names: Sequence[str]) -> tuple[Desired[Any], ...]:
    """The declared resources from which the named fields are read."""
    needed = {field.source for name in names if (field := FIELDS[name])}
    return tuple(each for each in topology if {each.address, each.kind} & needed)


def document(target: Target, outputs: Outputs, demo: Mapping[str, str] | None, names: Sequence[str]) -> dict[str, Any]:
    """The document with the named fields.

    Raises:
        StackError: the resource of a field does not exist.
    """
    fields = {name: FIELDS[name] for name in names}
    needed = {field.source for field in fields.values() if field and "." in field.source}
    if missing := needed - outputs.keys():
        raise StackError(
            f"{', '.join(sorted(missing))} of stack {target.stack} does not exist. Run `stack apply` first."
        )
    return {
        "target": str(target.kind),
        "name": target.stack,
        "region": target.region,
        "account_id": target.account_id,
        "endpoint_url": target.endpoint_url,
        **{name: field.value(target, outputs) if field else None for name, field in fields.items()},
        "demo": dict(demo) if demo else None,
    }
