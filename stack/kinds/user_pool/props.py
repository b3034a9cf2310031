"""The properties of a user pool and of its client, and their form in Cognito's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stack.engine.limits import between

MINUTES, DAYS = "minutes", "days"
DAY = 1440
"""Minutes."""
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


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
    """The app client, which has the name of the pool.

    ``hides_users``: Cognito answers the same for a wrong password and for an unknown user.
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
    """``mfa`` is OFF, OPTIONAL or ON; ``totp`` permits the codes of an authenticator app as a second factor.

    ``client`` is None only when read back, from an unfinished pool. ``other_clients`` is declared empty, so that app
    clients which others added are drift: their tokens would be accepted. ``duplicates`` is declared empty, too: ids of
    empty, unfinished pools with the same name and owner, which two runs at once may leave. ``undeclared`` is declared
    empty: policies that others made are drift.
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
    duplicates: tuple[str, ...] = ()
    undeclared: Mapping[str, str] = field(default_factory=dict)


LIMITS = (
    between("password.minimum_length", 6, 99, "characters"),
    between("password.temporary_days", 0, 365, "days"),
    between("client.id_token_minutes", 5, DAY, "minutes"),
    between("client.access_token_minutes", 5, DAY, "minutes"),
    between("client.refresh_token_days", 60 / DAY, 3650, "days"),
)


def settings(props: UserPoolProps) -> dict[str, Any]:
    """The arguments of UpdateUserPool, complete: Cognito resets every omitted one."""
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


def read_password(policy: Mapping[str, Any]) -> PasswordPolicy:
    """The password policy in an answer, which omits a setting that has its default."""
    return PasswordPolicy(
        minimum_length=policy.get("MinimumLength", 8),
        uppercase=policy.get("RequireUppercase", False),
        lowercase=policy.get("RequireLowercase", False),
        numbers=policy.get("RequireNumbers", False),
        symbols=policy.get("RequireSymbols", False),
        temporary_days=policy.get("TemporaryPasswordValidityDays", 7),
    )


def read_recovery(setting: Mapping[str, Any]) -> tuple[str, ...]:
    """The recovery mechanisms in order of priority."""
    mechanisms = sorted(setting.get("RecoveryMechanisms", []), key=lambda each: each["Priority"])
    return tuple(each["Name"] for each in mechanisms)


def client_settings(client: UserPoolClient) -> dict[str, Any]:
    """The arguments of CreateUserPoolClient and UpdateUserPoolClient, complete."""
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


def read_client(client: Any) -> UserPoolClient:
    """The app client in an answer of DescribeUserPoolClient."""
    units = client.get("TokenValidityUnits", {})
    return UserPoolClient(
        flows=tuple(sorted(client.get("ExplicitAuthFlows", []))),
        id_token_minutes=_minutes(client.get("IdTokenValidity", 1), units.get("IdToken", "hours")),
        access_token_minutes=_minutes(client.get("AccessTokenValidity", 1), units.get("AccessToken", "hours")),
        refresh_token_days=_minutes(client.get("RefreshTokenValidity", 30), units.get("RefreshToken", DAYS)) / DAY,
        write_attributes=tuple(sorted(client.get("WriteAttributes", []))),
        hides_users=client.get("PreventUserExistenceErrors") == "ENABLED",
        revocable=client.get("EnableTokenRevocation", False),
    )


def _minutes(amount: int, unit: str) -> int:
    return amount * _SECONDS[unit] // 60
