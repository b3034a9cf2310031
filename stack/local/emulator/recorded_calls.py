"""The questions that IAM was asked, at `/_stack/calls`: which principal, which action, which resource.

Tests compare a policy with them. A transaction counts as the actions of its items, a presigned link as a call of its
signer. Each distinct call is kept once; root, which no policy limits, is left out.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from pinned import require, require_parameters

PATCH = "recorded calls"
MOST = 20_000
"""Distinct calls kept. An emulator that lives for weeks must not grow; tests use a few hundred."""
CALLS: set[tuple[str, str, str, bool]] = set()
"""Principal's ARN, action, resource's ARN, whether it was allowed."""


def apply() -> None:
    """Record each question that MiniStack asks its IAM, and the answer."""
    names = ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context")
    require_parameters(iam_evaluator.enforce, names, PATCH)
    require_parameters(iam_evaluator.resolve_caller_identity, ("access_key_id",), PATCH)
    require(
        {"evaluate", "resolve_principal"} <= set(iam_evaluator.enforce.__code__.co_names),
        PATCH,
        "enforce finds the principal and evaluates its policies",
    )
    enforce, identify = iam_evaluator.enforce, iam_evaluator.resolve_caller_identity

    def recorded(  # noqa: PLR0917  (as MiniStack calls it)
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        refusal = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        caller = identify(access_key_id)
        if caller and not caller["userArn"].endswith(":root") and len(CALLS) < MOST:
            CALLS.add((caller["userArn"], iam_action, resource_arn, refusal is None))
        return refusal

    iam_evaluator.enforce = recorded


def document() -> dict[str, object]:
    """Return the answer of `/_stack/calls`: the calls in order, and whether all of them are there."""
    fields = ("principal", "action", "resource", "allowed")
    return {"complete": len(CALLS) < MOST, "calls": [dict(zip(fields, call, strict=True)) for call in sorted(CALLS)]}
