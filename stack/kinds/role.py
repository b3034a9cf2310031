"""IAM roles, each with one inline policy. No managed policy is declared, so an attached one is drift.

An account has one list of roles for all regions, so a name needs ``Target.regional``. An earlier version named roles
without the region; such a role is of the region that its policy names, and an apply there deletes it.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (names are unique in an account)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Grant, Settling
from stack.engine.limits import Limit, at_most
from stack.engine.model import Desired, Live
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.errors import absent_is_done, absent_is_none
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import EMPTY, Described
from stack.kinds.policy import Statement, document, statements
from stack.kinds.together import together

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

POLICY = "access"
POLICY_CHARACTERS = 10_240
ROLE = Described(
    "GetRole",
    "Role",
    compared="AssumeRolePolicyDocument Description",
    defaults={"PermissionsBoundary.PermissionsBoundaryArn": EMPTY},
    identity="RoleName RoleId Arn CreateDate RoleLastUsed Tags",
    ignored={
        "Path": "cannot be changed after the creation",
        "MaxSessionDuration": "bounds the sessions of people; Lambda renews its own",
        "PermissionsBoundary.PermissionsBoundaryType": "has one value only",
        "SourceRoleTemplate": "cannot be changed after the creation",
    },
)
INLINE = Described("GetRolePolicy", compared="PolicyDocument", identity="RoleName PolicyName")
DEFAULT_SESSION_SECONDS = 3600
SPREADING = Settling(
    120,
    "a new role and its policies, in the services that assume it",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency",
)
"""Terraform's provider waits two minutes for the same; IAM documents no number."""
ROLES = ("arn:aws:iam::{account}:role/{stack}-*",)
SERVICE = re.compile(r'"Service": "([^"]+)"')
ENDS_IN_REGION = re.compile(r"-[a-z]{2,4}(-[a-z]+)+-\d{1,2}$")
ARN_REGION = re.compile(r"^arn:aws:[a-z0-9-]+:([a-z0-9-]+):")


@dataclass(frozen=True, slots=True)
class RoleProps:
    """The role may be assumed by ``service``.

    ``attached``, ``other_policies`` and ``undeclared`` are declared empty, so that policies and a permissions boundary
    which others added are drift.
    """

    service: str
    policy: tuple[Statement, ...]
    description: str
    attached: tuple[str, ...] = ()
    other_policies: tuple[str, ...] = ()
    undeclared: Mapping[str, str] = field(default_factory=dict)


def _fits(policy: tuple[Statement, ...]) -> bool:
    """IAM counts without spaces. A Ref counts as its address, which is shorter than most ARNs."""
    return len(json.dumps(document(policy), separators=(",", ":"), default=str)) <= POLICY_CHARACTERS


class Role(AwsKind[RoleProps]):
    name = "role"
    service = "iam"
    settling = SPREADING
    name_pattern = r"[A-Za-z0-9_+=,.@-]{1,64}"
    limits = (Limit("policy", "has at most 10,240 characters", _fits), at_most("description", 1000))
    described = (ROLE, INLINE)
    grants = (
        Grant(
            "Roles",
            "iam",
            "CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy GetRole"
            " GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole UpdateAssumeRolePolicy"
            " UpdateRole",
            ROLES,
        ),
        Grant(
            "RolesOfFunctions",
            "iam",
            "PassRole",
            ROLES,
            {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        ),
        Grant("ListRoles", "iam", "ListRoles"),
    )

    @absent_is_none("NoSuchEntity")
    def read(self, name: str) -> Live[RoleProps] | None:
        role = self._iam.get_role(RoleName=name)["Role"]
        policy, inline, attached = together(
            lambda: self._policy(name),
            lambda: self._iam.list_role_policies(RoleName=name)["PolicyNames"],
            lambda: self._iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
        )
        props = RoleProps(
            service=_trusted(role["AssumeRolePolicyDocument"]),
            policy=statements(_parsed(policy)) if policy else (),
            description=role.get("Description", ""),
            attached=tuple(sorted(each["PolicyArn"] for each in attached)),
            other_policies=tuple(sorted(set(inline) - {POLICY})),
            undeclared=ROLE.undeclared(role),
        )
        owner, applied = read_stamp(from_list(role.get("Tags", [])))
        if owner and not owner.region:
            owner = replace(owner, region=self._region_of(props.policy))
        return Live(name, props, {"arn": role["Arn"], "name": name}, owner, applied)

    def create(self, desired: Desired[RoleProps], tags: Mapping[str, str]) -> None:
        self._iam.create_role(
            RoleName=desired.name,
            AssumeRolePolicyDocument=_trust(desired.props.service),
            Description=desired.props.description,
            Tags=as_list(tags),
        )
        self._put_policy(desired)

    def update(self, live: Live[RoleProps], desired: Desired[RoleProps], changed: frozenset[str]) -> None:
        if "service" in changed:
            self._iam.update_assume_role_policy(RoleName=live.name, PolicyDocument=_trust(desired.props.service))
        if "description" in changed:
            # UpdateRole sets an omitted session duration to one hour.
            longest = self._iam.get_role(RoleName=live.name)["Role"].get("MaxSessionDuration", DEFAULT_SESSION_SECONDS)
            self._iam.update_role(RoleName=live.name, Description=desired.props.description, MaxSessionDuration=longest)
        if "policy" in changed:
            self._put_policy(desired)
        self._remove_others(live)

    def delete(self, live: Live[RoleProps]) -> None:
        self._remove_others(live)
        with absent_is_done("NoSuchEntity"):
            self._iam.delete_role_policy(RoleName=live.name, PolicyName=POLICY)
        with absent_is_done("NoSuchEntity"):
            self._iam.delete_role(RoleName=live.name)

    def stamp(self, live: Live[RoleProps], tags: Mapping[str, str]) -> None:
        self._iam.tag_role(RoleName=live.name, Tags=as_list(tags))

    def names(self) -> Iterable[str]:
        for page in self._iam.get_paginator("list_roles").paginate():
            yield from (role["RoleName"] for role in page["Roles"] if self._may_be_ours(role["RoleName"], role["Path"]))

    @property
    def _iam(self) -> IAMClient:
        client: IAMClient = self.target.client("iam")
        return client

    def _may_be_ours(self, name: str, path: str) -> bool:
        """Return whether the stack could have made this role: with its prefix, of no other region, and without a path.

        The deployer may not read a role with a path: its ARN is ``role/path/name``, not ``role/name``.
        """
        of_region = name.endswith(f"-{self.target.region}")
        in_region = of_region or not ENDS_IN_REGION.search(name)
        return path == "/" and name.startswith(self.target.named("")) and in_region

    def _region_of(self, policy: tuple[Statement, ...]) -> str:
        """Another region that the ARNs of a policy name; empty if they name this one or none."""
        arns = (ARN_REGION.match(str(each)) for statement in policy for each in statement.resources)
        regions = {arn[1] for arn in arns if arn}
        return "" if self.target.region in regions else min(regions, default="")

    @absent_is_none("NoSuchEntity")
    def _policy(self, name: str) -> Any:
        return self._iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]

    def _put_policy(self, desired: Desired[RoleProps]) -> None:
        """Write the inline policy. IAM refuses an empty one, so a role without permissions has no policy."""
        if not desired.props.policy:
            with absent_is_done("NoSuchEntity"):
                self._iam.delete_role_policy(RoleName=desired.name, PolicyName=POLICY)
            return
        policy = json.dumps(document(desired.props.policy), sort_keys=True)
        self._iam.put_role_policy(RoleName=desired.name, PolicyName=POLICY, PolicyDocument=policy)

    def _remove_others(self, live: Live[RoleProps]) -> None:
        if live.props.undeclared:
            self._iam.delete_role_permissions_boundary(RoleName=live.name)
        for arn in live.props.attached:
            with absent_is_done("NoSuchEntity"):
                self._iam.detach_role_policy(RoleName=live.name, PolicyArn=arn)
        for policy in live.props.other_policies:
            with absent_is_done("NoSuchEntity"):
                self._iam.delete_role_policy(RoleName=live.name, PolicyName=policy)


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def _trusted(policy: Any) -> str:
    """The service in a trust policy as declared; any other policy as text, so that it is drift."""
    text = json.dumps(_parsed(policy), sort_keys=True)
    service = SERVICE.search(text)
    return service[1] if service and text == _trust(service[1]) else text


def _parsed(policy: Any) -> dict[str, Any]:
    """A policy document. Botocore decodes IAM's URL-encoded documents, but leaves a malformed one as text."""
    return policy if isinstance(policy, dict) else dict(json.loads(policy))
