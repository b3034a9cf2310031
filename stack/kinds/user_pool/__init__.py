"""Cognito user pools, each with one public app client (a browser cannot keep a client secret).

AWS does not keep the names of pools and clients unique: a pool is found by its name *and* owner tag, and of two clients
with its name the older one is used. Cognito resets every setting that an update omits, so each update also sends the
settings that are not declared, as Cognito describes them: a hand-made Lambda trigger, template or tier stays. Cognito
refuses MFA on a pool without a second factor, so a pool is created with MFA off and gets MFA and the factor by a call
of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Grant
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.errors import Conflict, StackError, absent_is_done, absent_is_none
from stack.kinds.aws_kind import AwsKind
from stack.kinds.carry_over import carried_over
from stack.kinds.duplicates import age, keep_one
from stack.kinds.together import together
from stack.kinds.user_pool.answers import CLIENT, FACTORS, POOL
from stack.kinds.user_pool.props import (
    LIMITS,
    UserPoolProps,
    client_settings,
    read_client,
    read_password,
    read_recovery,
    read_sender,
    sendable,
    settings,
)

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

SECOND_FACTOR = frozenset({"mfa", "totp"})
NOT_SETTINGS = SECOND_FACTOR | {"client", "other_clients", "duplicates"}
POOLS = ("arn:aws:cognito-idp:{region}:{account}:userpool/*",)


class UserPool(AwsKind[UserPoolProps]):
    name = "user_pool"
    service = "cognito-idp"
    name_pattern = r"[A-Za-z0-9_+=,.@ -]{1,128}"
    limits = LIMITS
    described = (POOL, CLIENT, FACTORS)
    grants = (
        Grant(
            "Users",
            "cognito-idp",
            "CreateUserPoolClient DeleteUserPool DeleteUserPoolClient DescribeUserPool DescribeUserPoolClient"
            " GetUserPoolMfaConfig ListUserPoolClients ListUsers SetUserPoolMfaConfig TagResource UpdateUserPool"
            " UpdateUserPoolClient",
            POOLS,
        ),
        Grant("ListPools", "cognito-idp", "CreateUserPool ListUserPools"),
        # Cognito makes this role in the account when a pool gets a sender in SES.
        # https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html
        Grant(
            "RoleOfSender",
            "iam",
            "CreateServiceLinkedRole",
            ("arn:aws:iam::{account}:role/aws-service-role/email.cognito-idp.amazonaws.com/*",),
            {"StringEquals": {"iam:AWSServiceName": "email.cognito-idp.amazonaws.com"}},
        ),
        Grant("PoolTags", "cognito-idp", "TagResource", emulator_only=True),
    )
    immutable = frozenset({"sign_in", "case_sensitive"})
    holds_data = True

    def read(self, name: str) -> Live[UserPoolProps] | None:
        pools = self._pools_named(name)
        return self._live(name, *self._choose(name, pools)) if pools else None

    def outputs(self, name: str) -> Mapping[str, str] | None:
        if not (pools := self._pools_named(name)):
            return None
        pool, _ = self._choose(name, pools)
        clients = [each for each in self._clients(pool["Id"]) if each["ClientName"] == name]
        chosen = self._client(pool["Id"], name, clients) if len(clients) > 1 else next(iter(clients), None)
        return self._outputs(pool, chosen)

    def create(self, desired: Desired[UserPoolProps], tags: Mapping[str, str]) -> None:
        props = desired.props
        pool = self._cognito.create_user_pool(
            PoolName=desired.name,
            UsernameAttributes=list(props.sign_in),  # type: ignore[arg-type]
            UsernameConfiguration={"CaseSensitive": props.case_sensitive},
            UserPoolTags=dict(tags),
            **{**settings(props), "MfaConfiguration": "OFF"},
        )["UserPool"]
        first, _ = self._choose(desired.name, self._pools_named(desired.name) or [pool])
        if first["Id"] != pool["Id"]:
            self._delete_duplicate(desired.name, pool["Id"])
            raise Conflict(f"another run created user pool {desired.name} ({first['Id']}) at the same time")
        self._set_mfa(pool["Id"], props)
        self._create_client(pool["Id"], desired.name, props)

    def update(self, live: Live[UserPoolProps], desired: Desired[UserPoolProps], changed: frozenset[str]) -> None:
        pool_id = live.outputs["id"]
        if changed & SECOND_FACTOR:
            self._set_mfa(pool_id, desired.props)
        if changed - NOT_SETTINGS:
            self._update_pool(pool_id, settings(desired.props))
        for duplicate in live.props.duplicates:
            self._delete_duplicate(live.name, duplicate)
        for client_id in live.props.other_clients:
            with absent_is_done("ResourceNotFoundException"):
                self._cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        if "client" in changed:
            self._write_client(live, desired)

    def delete(self, live: Live[UserPoolProps]) -> None:
        for duplicate in live.props.duplicates:
            self._delete_duplicate(live.name, duplicate)
        pool_id = live.outputs["id"]
        with absent_is_done("ResourceNotFoundException"):
            if live.props.deletion_protection:
                self._update_pool(pool_id, {**settings(live.props), "DeletionProtection": "INACTIVE"})
            self._cognito.delete_user_pool(UserPoolId=pool_id)

    def stamp(self, live: Live[UserPoolProps], tags: Mapping[str, str]) -> None:
        self._cognito.tag_resource(ResourceArn=live.outputs["arn"], Tags=dict(tags))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        yield from (pool["Name"] for pool in self._pools() if pool["Name"].startswith(prefix))

    def contents(self, live: Live[UserPoolProps]) -> str:
        pages = self._cognito.get_paginator("list_users").paginate(UserPoolId=live.outputs["id"])
        return f"{sum(len(page['Users']) for page in pages):,} users"

    @property
    def _cognito(self) -> CognitoIdentityProviderClient:
        client: CognitoIdentityProviderClient = self.target.client("cognito-idp")
        return client

    def _pools(self) -> Iterable[Any]:
        for page in self._cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60}):
            yield from page["UserPools"]

    def _pools_named(self, name: str) -> list[Any]:
        named = [pool["Id"] for pool in self._pools() if pool["Name"] == name]
        return [pool for pool_id in named if (pool := self._described(pool_id))]

    @absent_is_none("ResourceNotFoundException")
    def _described(self, pool_id: str) -> Any:
        return self._cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]

    def _choose(self, name: str, pools: Sequence[Any]) -> tuple[Any, tuple[str, ...]]:
        """Choose one of the pools with one name, and return it with the ids of its duplicates."""
        owned = [
            pool
            for pool in pools
            if (owner := read_stamp(pool.get("UserPoolTags") or {})[0]) and owner.stack == self.target.stack
        ]
        ids = ", ".join(pool["Id"] for pool in owned)
        pool, duplicates = keep_one(
            owned or pools[:1],
            self._is_used,
            lambda pool: age(pool.get("CreationDate"), pool["Id"]),
            f"{len(owned)} user pools named {name} carry this stack's owner tag: {ids}",
        )
        return pool, tuple(each["Id"] for each in duplicates)

    def _is_used(self, pool: Any) -> bool:
        finished = read_stamp(pool.get("UserPoolTags") or {})[1]
        return bool(finished or self._cognito.list_users(UserPoolId=pool["Id"], Limit=1)["Users"])

    def _delete_duplicate(self, name: str, pool_id: str) -> None:
        """Delete a duplicate, unless it has come into use since it was found."""
        pool = self._described(pool_id)
        if pool and self._is_used(pool):
            raise StackError(
                f"user pool {pool_id} is a duplicate of {name} and has come into use. Compare both by hand."
            )
        if pool:
            self.delete(self._live(name, pool))

    def _live(self, name: str, pool: Any, duplicates: tuple[str, ...] = ()) -> Live[UserPoolProps]:
        clients, mfa = together(
            lambda: self._clients(pool["Id"]),
            lambda: self._cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"]),
        )
        client = self._client(pool["Id"], name, clients)
        props = UserPoolProps(
            sign_in=tuple(sorted(pool.get("UsernameAttributes") or [])),
            verified=tuple(sorted(pool.get("AutoVerifiedAttributes") or [])),
            case_sensitive=(pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True),
            password=read_password(pool.get("Policies", {}).get("PasswordPolicy", {})),
            recovery=read_recovery(pool.get("AccountRecoverySetting") or {}),
            mfa=mfa.get("MfaConfiguration", "OFF"),
            totp=mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False),
            deletion_protection=pool.get("DeletionProtection") == "ACTIVE",
            client=read_client(client) if client else None,
            other_clients=tuple(sorted({each["ClientId"] for each in clients} - {client and client["ClientId"]})),
            duplicates=duplicates,
            **read_sender(pool),
        )
        owner, applied = read_stamp(pool.get("UserPoolTags") or {})
        return Live(name, props, self._outputs(pool, client), owner, applied)

    def _outputs(self, pool: Any, client: Any) -> dict[str, str]:
        pool_id = pool["Id"]
        return {
            "id": pool_id,
            "arn": pool.get("Arn") or self.target.arn("cognito-idp", f"userpool/{pool_id}"),
            "client_id": client["ClientId"] if client else "",
            "issuer": f"https://cognito-idp.{self.target.region}.amazonaws.com/{pool_id}",
        }

    def _clients(self, pool_id: str) -> list[Any]:
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id)
        return [each for page in pages for each in page["UserPoolClients"]]

    def _client(self, pool_id: str, name: str, clients: Iterable[Any]) -> Any:
        """The oldest app client called ``name``, described; None without one."""
        named = [
            self._cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=each["ClientId"])["UserPoolClient"]
            for each in clients
            if each["ClientName"] == name
        ]
        return min(named, key=lambda each: age(each.get("CreationDate"), each["ClientId"]), default=None)

    def _set_mfa(self, pool_id: str, props: UserPoolProps) -> None:
        declared = {"MfaConfiguration": props.mfa, "SoftwareTokenMfaConfiguration": {"Enabled": props.totp}}
        found = self._cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
        whole = carried_over(self._cognito, "SetUserPoolMfaConfig", found, declared)
        self._cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **whole)

    def _update_pool(self, pool_id: str, settings: Mapping[str, Any]) -> None:
        found = sendable(self._cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"])
        whole = carried_over(self._cognito, "UpdateUserPool", found, settings)
        self._cognito.update_user_pool(UserPoolId=pool_id, **whole)

    def _write_client(self, live: Live[UserPoolProps], desired: Desired[UserPoolProps]) -> None:
        if not live.props.client:
            self._create_client(live.outputs["id"], live.name, desired.props)
        elif client := desired.props.client:
            where = {"UserPoolId": live.outputs["id"], "ClientId": live.outputs["client_id"]}
            found = self._cognito.describe_user_pool_client(**where)["UserPoolClient"]
            whole = carried_over(self._cognito, "UpdateUserPoolClient", found, {**where, **client_settings(client)})
            if "RefreshTokenRotation" in whole:
                # Cognito rotates no refresh token of a client with ALLOW_REFRESH_TOKEN_AUTH, which is declared:
                # https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
                whole["RefreshTokenRotation"] = {"Feature": "DISABLED"}
            self._cognito.update_user_pool_client(**whole)

    def _create_client(self, pool_id: str, name: str, props: UserPoolProps) -> None:
        if props.client:
            self._cognito.create_user_pool_client(
                UserPoolId=pool_id, ClientName=name, GenerateSecret=False, **client_settings(props.client)
            )
