"""Cognito user pools, each with its one public client (no secret: a browser could not keep it).

The name of a pool or client is not unique in AWS, so a pool is found by its name *and* owner tag, and of two clients
of its name the older one is meant. Cognito resets whatever an update leaves out, so every update sends the whole pool
or the whole client. A second factor can be asked for only once the pool has a type of it, so a pool is made without
one and gets both by a call of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.kind import Kind
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.errors import Overtaken, StackError, absent_is_done, absent_is_none
from stack.kinds.duplicates import age, only_one
from stack.kinds.together import together

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

MINUTES, DAYS = "minutes", "days"
SECOND_FACTOR = frozenset({"mfa", "totp"})


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    minimum_length: int
    uppercase: bool = True
    lowercase: bool = True
    numbers: bool = True
    symbols: bool = True
    temporary_days: int = 7


@dataclass(frozen=True, slots=True)
class UserPoolClient:
    """The client, of the pool's own name. Token lives: ID and access in minutes, refresh in days.

    ``hides_users``: nobody is told whether a user exists.
    """

    flows: tuple[str, ...]
    id_token_minutes: int
    access_token_minutes: int
    refresh_token_days: float
    write_attributes: tuple[str, ...]
    hides_users: bool = True
    revocable: bool = True


@dataclass(frozen=True, slots=True)
class UserPoolProps:
    """``client`` is None only when read back unfinished or damaged.

    ``mfa`` is OFF, OPTIONAL or ON; ``totp``: whether an authenticator app's codes are a second factor.
    ``other_clients`` is declared empty, to see the ids of those that others added: their tokens would be our users'.
    So is ``twins``: the ids of empty, unfinished pools of the same name and owner, which two runs at once may leave.
    """

    sign_in: tuple[str, ...]
    verified: tuple[str, ...]
    case_sensitive: bool
    password: PasswordPolicy
    recovery: tuple[str, ...]
    mfa: str
    totp: bool
    deletion_protection: bool
    client: UserPoolClient | None
    other_clients: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()


class UserPool(Kind[UserPoolProps]):
    name = "user_pool"
    immutable = frozenset({"sign_in", "case_sensitive"})
    holds_data = True

    def read(self, name: str) -> Live[UserPoolProps] | None:
        pools = self._pools_named(name)
        return self._live(name, *self._ours(name, pools)) if pools else None

    def create(self, desired: Desired[UserPoolProps], tags: Mapping[str, str]) -> None:
        props = desired.props
        pool = self._cognito.create_user_pool(
            PoolName=desired.name,
            UsernameAttributes=list(props.sign_in),  # type: ignore[arg-type]
            UsernameConfiguration={"CaseSensitive": props.case_sensitive},
            UserPoolTags=dict(tags),
            **{**_settings(props), "MfaConfiguration": "OFF"},
        )["UserPool"]
        first, _ = self._ours(desired.name, self._pools_named(desired.name) or [pool])
        if first["Id"] != pool["Id"]:
            self._delete_twin(desired.name, pool["Id"])
            raise Overtaken(f"another run made user pool {desired.name} ({first['Id']}) at the same time")
        self._set_mfa(pool["Id"], props)
        self._create_client(pool["Id"], desired.name, props)

    def update(self, live: Live[UserPoolProps], desired: Desired[UserPoolProps], changed: frozenset[str]) -> None:
        pool_id = live.outputs["id"]
        if changed & SECOND_FACTOR:
            self._set_mfa(pool_id, desired.props)
        if changed - SECOND_FACTOR - {"client", "other_clients", "twins"}:
            self._update_pool(pool_id, _settings(desired.props))
        for twin_id in live.props.twins:
            self._delete_twin(live.name, twin_id)
        for client_id in live.props.other_clients:
            with absent_is_done("ResourceNotFoundException"):
                self._cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        if "client" in changed and (client := desired.props.client):
            if live.props.client:
                which: dict[str, Any] = {
                    "UserPoolId": pool_id,
                    "ClientId": live.outputs["client_id"],
                    "ClientName": live.name,
                }
                self._cognito.update_user_pool_client(**which, **_client_settings(client))
            else:
                self._create_client(pool_id, live.name, desired.props)

    def delete(self, live: Live[UserPoolProps]) -> None:
        for twin_id in live.props.twins:
            self._delete_twin(live.name, twin_id)
        pool_id = live.outputs["id"]
        with absent_is_done("ResourceNotFoundException"):
            if live.props.deletion_protection:
                self._update_pool(pool_id, {**_settings(live.props), "DeletionProtection": "INACTIVE"})
            self._cognito.delete_user_pool(UserPoolId=pool_id)

    def stamp(self, live: Live[UserPoolProps], tags: Mapping[str, str]) -> None:
        self._cognito.tag_resource(ResourceArn=live.outputs["arn"], Tags=dict(tags))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        for page in self._cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60}):
            yield from (pool["Name"] for pool in page["UserPools"] if pool["Name"].startswith(prefix))

    def contents(self, live: Live[UserPoolProps]) -> str:
        pages = self._cognito.get_paginator("list_users").paginate(UserPoolId=live.outputs["id"])
        return f"{sum(len(page['Users']) for page in pages):,} users"

    @property
    def _cognito(self) -> CognitoIdentityProviderClient:
        client: CognitoIdentityProviderClient = self.target.client("cognito-idp")
        return client

    def _pools_named(self, name: str) -> list[Any]:
        found = [
            pool["Id"]
            for page in self._cognito.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
            for pool in page["UserPools"]
            if pool["Name"] == name
        ]
        return [pool for pool_id in found if (pool := self._described(pool_id))]

    @absent_is_none("ResourceNotFoundException")
    def _described(self, pool_id: str) -> Any:
        return self._cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]

    def _ours(self, name: str, pools: Sequence[Any]) -> tuple[Any, tuple[str, ...]]:
        """Of pools of one name the one that is meant, and the ids of its twins."""
        ours = [
            pool
            for pool in pools
            if (owner := read_stamp(pool.get("UserPoolTags") or {})[0]) and owner.stack == self.target.stack
        ]
        ids = ", ".join(pool["Id"] for pool in ours)
        pool, twins = only_one(
            ours or pools[:1],
            self._is_used,
            lambda pool: age(pool.get("CreationDate"), pool["Id"]),
            f"{len(ours)} user pools named {name} carry our tag: {ids}",
        )
        return pool, tuple(twin["Id"] for twin in twins)

    def _is_used(self, pool: Any) -> bool:
        finished = read_stamp(pool.get("UserPoolTags") or {})[1]
        return bool(finished or self._cognito.list_users(UserPoolId=pool["Id"], Limit=1)["Users"])

    def _delete_twin(self, name: str, pool_id: str) -> None:
        """Delete a pool that was found, or made, as a twin; never one that somebody has begun to use since."""
        pool = self._described(pool_id)
        if pool and self._is_used(pool):
            raise StackError(f"user pool {pool_id} is a twin of {name} and has come into use; look at both by hand")
        if pool:
            self.delete(self._live(name, pool))

    def _live(self, name: str, pool: Any, twins: tuple[str, ...] = ()) -> Live[UserPoolProps]:
        listed, mfa = together(
            lambda: self._clients(pool["Id"]),
            lambda: self._cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"]),
        )
        named = [
            self._cognito.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=each["ClientId"])["UserPoolClient"]
            for each in listed
            if each["ClientName"] == name
        ]
        client: Any = min(named, key=lambda each: age(each.get("CreationDate"), each["ClientId"]), default=None)
        props = UserPoolProps(
            sign_in=tuple(sorted(pool.get("UsernameAttributes") or [])),
            verified=tuple(sorted(pool.get("AutoVerifiedAttributes") or [])),
            case_sensitive=(pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True),
            password=_read_password(pool.get("Policies", {}).get("PasswordPolicy", {})),
            recovery=_recovery(pool.get("AccountRecoverySetting") or {}),
            mfa=mfa.get("MfaConfiguration", "OFF"),
            totp=mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False),
            deletion_protection=pool.get("DeletionProtection") == "ACTIVE",
            client=_read_client(client) if client else None,
            other_clients=tuple(sorted({each["ClientId"] for each in listed} - {client and client["ClientId"]})),
            twins=twins,
        )
        region, pool_id = self.target.region, pool["Id"]
        outputs = {
            "id": pool_id,
            "arn": pool.get("Arn") or self.target.arn("cognito-idp", f"userpool/{pool_id}"),
            "client_id": client["ClientId"] if client else "",
            "issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool_id}",
        }
        owner, applied = read_stamp(pool.get("UserPoolTags") or {})
        return Live(name, props, outputs, owner, applied)

    def _clients(self, pool_id: str) -> list[Any]:
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id)
        return [each for page in pages for each in page["UserPoolClients"]]

    def _set_mfa(self, pool_id: str, props: UserPoolProps) -> None:
        self._cognito.set_user_pool_mfa_config(
            UserPoolId=pool_id,
            MfaConfiguration=props.mfa,  # type: ignore[arg-type]
            SoftwareTokenMfaConfiguration={"Enabled": props.totp},
        )

    def _update_pool(self, pool_id: str, settings: Mapping[str, Any]) -> None:
        """Update the whole pool; its tags too, which would be reset like all that is left out."""
        tags = self._cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"].get("UserPoolTags", {})
        self._cognito.update_user_pool(UserPoolId=pool_id, UserPoolTags=tags, **settings)

    def _create_client(self, pool_id: str, name: str, props: UserPoolProps) -> None:
        if props.client:
            self._cognito.create_user_pool_client(
                UserPoolId=pool_id, ClientName=name, GenerateSecret=False, **_client_settings(props.client)
            )


def _settings(props: UserPoolProps) -> dict[str, Any]:
    """All that UpdateUserPool takes and would otherwise reset."""
    password = props.password
    return {
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": password.minimum_length,
                "RequireUppercase": password.uppercase,
                "RequireLowercase": password.lowercase,
                "RequireNumbers": password.numbers,
                "RequireSymbols": password.symbols,
                "TemporaryPasswordValidityDays": password.temporary_days,
            }
        },
        "AutoVerifiedAttributes": list(props.verified),
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [
                {"Name": mechanism, "Priority": priority} for priority, mechanism in enumerate(props.recovery, 1)
            ]
        },
        "MfaConfiguration": props.mfa,
        "DeletionProtection": "ACTIVE" if props.deletion_protection else "INACTIVE",
    }


def _read_password(policy: Mapping[str, Any]) -> PasswordPolicy:
    """What an update left out is the default from then on, and is not told."""
    return PasswordPolicy(
        minimum_length=policy.get("MinimumLength", 8),
        uppercase=policy.get("RequireUppercase", False),
        lowercase=policy.get("RequireLowercase", False),
        numbers=policy.get("RequireNumbers", False),
        symbols=policy.get("RequireSymbols", False),
        temporary_days=policy.get("TemporaryPasswordValidityDays", 7),
    )


def _client_settings(client: UserPoolClient) -> dict[str, Any]:
    return {
        "ExplicitAuthFlows": list(client.flows),
        "IdTokenValidity": client.id_token_minutes,
        "AccessTokenValidity": client.access_token_minutes,
        "RefreshTokenValidity": client.refresh_token_days,
        "TokenValidityUnits": {"IdToken": MINUTES, "AccessToken": MINUTES, "RefreshToken": DAYS},
        "WriteAttributes": list(client.write_attributes),
        "PreventUserExistenceErrors": "ENABLED" if client.hides_users else "LEGACY",
        "EnableTokenRevocation": client.revocable,
    }


def _read_client(client: Any) -> UserPoolClient:
    units = client.get("TokenValidityUnits", {})
    return UserPoolClient(
        flows=tuple(sorted(client.get("ExplicitAuthFlows", []))),
        id_token_minutes=_minutes(client.get("IdTokenValidity", 1), units.get("IdToken", "hours")),
        access_token_minutes=_minutes(client.get("AccessTokenValidity", 1), units.get("AccessToken", "hours")),
        refresh_token_days=_minutes(client.get("RefreshTokenValidity", 30), units.get("RefreshToken", DAYS)) / 1440,
        write_attributes=tuple(sorted(client.get("WriteAttributes", []))),
        hides_users=client.get("PreventUserExistenceErrors") == "ENABLED",
        revocable=client.get("EnableTokenRevocation", False),
    )


def _minutes(amount: int, unit: str) -> int:
    """Cognito counts in seconds, minutes, hours or days; we in minutes."""
    return amount * {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}[unit] // 60


def _recovery(setting: Mapping[str, Any]) -> tuple[str, ...]:
    mechanisms = sorted(setting.get("RecoveryMechanisms", []), key=lambda each: each["Priority"])
    return tuple(each["Name"] for each in mechanisms)
