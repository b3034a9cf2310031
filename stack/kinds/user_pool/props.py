"""The properties of a user pool and of its client, and their form in Cognito's API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stack.engine.limits import Limit, between
from stack.engine.model import OPTIONAL

MINUTES, DAYS = "minutes", "days"
DAY = 1440
"""Minutes."""
DEVELOPER = "DEVELOPER"
"""The value of ``EmailSendingAccount`` for a sender in SES."""
IDENTITY = re.compile(r"arn:aws:ses:[a-z0-9-]+:\d{12}:identity/\S+")
MESSAGES = {
    "EmailVerificationMessage": "EmailMessage",
    "EmailVerificationSubject": "EmailSubject",
    "SmsVerificationMessage": "SmsMessage",
}
"""Older settings of a pool, and the members of ``VerificationMessageTemplate`` with the same text."""
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
    """``email_from`` is the sender of the messages, and ``email_arn`` its identity in SES; both or neither.

    ``mfa`` is OFF, OPTIONAL or ON; ``totp`` permits the codes of an authenticator app as a second factor.

    ``client`` is None only when read back, from an unfinished pool. ``other_clients`` is declared empty, so that app
    clients which others added are drift: their tokens would be accepted. ``duplicates`` is declared empty, too: ids of
    empty, unfinished pools with the same name and owner, which two runs at once may leave.
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
    email_from: str = field(default="", metadata=OPTIONAL)
    email_arn: str = field(default="", metadata=OPTIONAL)
    other_clients: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


LIMITS = (
    Limit("email_arn", "is the ARN of an identity in SES", lambda each: not each or bool(IDENTITY.fullmatch(each))),
    between("password.minimum_length", 6, 99, "characters"),
    between("password.temporary_days", 0, 365, "days"),
    between("client.id_token_minutes", 5, DAY, "minutes"),
    between("client.access_token_minutes", 5, DAY, "minutes"),
    between("client.refresh_token_days", 60 / DAY, 3650, "days"),
)


def sendable(pool: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of DescribeUserPool without the members that an UpdateUserPool with the rest would refuse.

    ``UnusedAccountValidityDays`` is no longer in use, since the password policy has ``TemporaryPasswordValidityDays``.
    The texts of a message have two places each; Cognito takes the newer one, ``VerificationMessageTemplate``.
    Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
    """
    template, invitations = pool.get("VerificationMessageTemplate", {}), pool.get("AdminCreateUserConfig", {})
    twice = {old for old, new in MESSAGES.items() if new in template}
    rest = {name: value for name, value in pool.items() if name not in twice}
    if invitations:
        kept = {name: value for name, value in invitations.items() if name != "UnusedAccountValidityDays"}
        rest["AdminCreateUserConfig"] = kept
    return rest


def settings(props: UserPoolProps) -> dict[str, Any]:
    """The declared arguments of UpdateUserPool."""
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
        **_sender(props),
    }


def _sender(props: UserPoolProps) -> dict[str, Any]:
    """The sender in SES. Cognito's own sender has a limit of 50 messages a day.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
    """
    if not props.email_arn:
        return {}
    ses = {"EmailSendingAccount": DEVELOPER, "SourceArn": props.email_arn, "From": props.email_from}
    return {"EmailConfiguration": ses}


def read_sender(pool: Mapping[str, Any]) -> dict[str, str]:
    """``email_from`` and ``email_arn``, empty for Cognito's own sender."""
    found = pool.get("EmailConfiguration") or {}
    ses = found if found.get("EmailSendingAccount") == DEVELOPER else {}
    return {"email_from": ses.get("From", ""), "email_arn": ses.get("SourceArn", "")}


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
    """The declared arguments of CreateUserPoolClient and UpdateUserPoolClient."""
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
