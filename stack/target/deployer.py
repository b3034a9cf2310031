"""The least policy for the user who runs ``plan``, ``apply``, ``drift`` and ``destroy``: ``stack policy`` prints it.

It is assembled from the grants of the kinds. Resources are limited to the stack's names wherever AWS limits an action
to resources and the stack chooses their names; AWS chooses the ids of APIs, user pools and event source mappings.
Source: AWS's service authorization reference, https://docs.aws.amazon.com/service-authorization/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stack.target.target_kind import TargetKind

if TYPE_CHECKING:
    from stack.engine.kind import Grant, Kind


def policy(
    target: TargetKind, stack: str, region: str, account: str, kinds: Iterable[type[Kind[Any]]]
) -> dict[str, Any]:
    """The policy document for one stack on one target."""
    grants = [grant for kind in kinds for grant in kind.grants if not grant.emulator_only or target is TargetKind.LOCAL]
    scoped = sorted((grant for grant in grants if grant.resources), key=lambda grant: (grant.service, grant.sid))
    anywhere = {action for grant in grants if not grant.resources for action in _actions(grant)}
    statements = [_statement(grant, stack=stack, region=region, account=account) for grant in scoped]
    unlimited = {"Sid": "Unlimited", "Effect": "Allow", "Action": sorted(anywhere), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [*statements, unlimited]}


def _statement(grant: Grant, **names: str) -> dict[str, Any]:
    return {
        "Sid": grant.sid,
        "Effect": "Allow",
        "Action": _actions(grant),
        "Resource": [each.format(**names) for each in grant.resources],
        **({"Condition": grant.condition} if grant.condition else {}),
    }


def _actions(grant: Grant) -> list[str]:
    return [f"{grant.service}:{action}" for action in grant.actions.split()]
