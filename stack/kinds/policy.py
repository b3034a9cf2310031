"""IAM policy documents as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stack.engine.model import Ref


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy. Actions and resources are sorted, so that a grant has one spelling."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str | Ref, ...]
    effect: str = "Allow"
    condition: str = ""


def document(policy: tuple[Statement, ...]) -> dict[str, Any]:
    """The policy document for IAM."""
    return {"Version": "2012-10-17", "Statement": [_statement(each) for each in policy]}


def statements(policy: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Read a policy document back: statements in AWS's order, each list sorted."""
    found = policy.get("Statement", [])
    return tuple(_read(each, at) for at, each in enumerate(found if isinstance(found, list) else [found]))


def _statement(each: Statement) -> dict[str, Any]:
    return {
        "Sid": each.sid,
        "Effect": each.effect,
        "Action": list(each.actions),
        "Resource": list(each.resources),
    }


def _read(each: Mapping[str, Any], at: int) -> Statement:
    rest = {key: value for key, value in each.items() if key not in {"Sid", "Effect", "Action", "Resource"}}
    return Statement(
        sid=each.get("Sid", f"#{at}"),
        actions=_strings(each.get("Action", ())),
        resources=_strings(each.get("Resource", ())),
        effect=each["Effect"],
        condition=str(rest) if rest else "",
    )


def _strings(value: str | list[str]) -> tuple[str, ...]:
    return tuple(sorted([value] if isinstance(value, str) else value))
