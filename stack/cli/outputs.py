"""Where everything is: the document of ``stack outputs --json``, made from what exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stack.errors import StackError
from stack.target.target import Target
from stack.topology.topology import API, DEAD_LETTERS, POOL, RECEIPTS, TABLE, WEB

Outputs = Mapping[str, Mapping[str, str]]


def document(target: Target, outputs: Outputs, demo: Mapping[str, str] | None) -> dict[str, Any]:
    """The outputs by their public names; ``outputs`` are those of each address.

    Raises:
        StackError: a part that they name does not exist.
    """
    if missing := {TABLE, POOL, API, RECEIPTS, WEB, DEAD_LETTERS} - outputs.keys():
        raise StackError(
            f"{', '.join(sorted(missing))} of stack {target.stack} does not exist; run `stack apply` first"
        )
    pool, api = outputs[POOL], outputs[API]
    return {
        "target": str(target.kind),
        "name": target.stack,
        "region": target.region,
        "account_id": target.account_id,
        "endpoint_url": target.endpoint_url,
        "api_url": api["url"],
        "web_url": None,
        "docs_url": f"{api['url']}/docs",
        "user_pool_id": pool["id"],
        "user_pool_client_id": pool["client_id"],
        "issuer": pool["issuer"],
        "jwks_url": _jwks_url(target, pool),
        "table_name": outputs[TABLE]["name"],
        "receipts_bucket": outputs[RECEIPTS]["name"],
        "web_bucket": outputs[WEB]["name"],
        "dead_letters_url": outputs[DEAD_LETTERS]["url"],
        "dashboard_name": None,
        "log_groups": _names(outputs, "log_group"),
        "functions": _names(outputs, "function"),
        "queues": _of_kind(outputs, "queue", "url"),
        "demo": dict(demo) if demo else None,
    }


def _names(outputs: Outputs, kind: str) -> dict[str, str]:
    return _of_kind(outputs, kind, "name")


def _of_kind(outputs: Outputs, kind: str, output: str) -> dict[str, str]:
    return {
        address.partition(".")[2]: of[output]
        for address, of in sorted(outputs.items())
        if address.startswith(kind + ".")
    }


def _jwks_url(target: Target, pool: Mapping[str, str]) -> str:
    base = f"{target.endpoint_url}/{pool['id']}" if target.is_local else pool["issuer"]
    return f"{base}/.well-known/jwks.json"
