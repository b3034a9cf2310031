"""The users of a pool: make one, list them, sign in as one."""

from __future__ import annotations

import datetime as dt
import enum
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.errors import StackError, absent_is_none, explain

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

TOTP = "SOFTWARE_TOKEN_MFA"
CONFIRMED, TEMPORARY = "CONFIRMED", "FORCE_CHANGE_PASSWORD"
PASSWORD_LENGTH = 20


@dataclass(frozen=True, slots=True)
class User:
    """A user. ``status`` is Cognito's: UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD or another."""

    email: str
    sub: str
    status: str
    enabled: bool
    created: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one sign-in. The API takes the ID token."""

    id_token: str
    access_token: str
    refresh_token: str


class Added(enum.Enum):
    """Result of adding a user."""

    MADE = "made"
    COMPLETED = "had only a temporary password"
    REPLACED = "had an own password, which was replaced"
    UNCHANGED = "has an own password"


@dataclass(frozen=True, slots=True)
class Users:
    """The users of one pool. Addresses are sent in lower case: not every target ignores their case."""

    cognito: CognitoIdentityProviderClient
    pool: str

    def find(self, email: str) -> User | None:
        """The user who signs in with ``email``."""
        with explain(f"Cannot read the user {email} of pool {self.pool}"):
            return self._find(email.lower())

    def all(self) -> Iterator[User]:
        """All users, in Cognito's order."""
        with explain(f"Cannot list the users of pool {self.pool}"):
            for page in self.cognito.get_paginator("list_users").paginate(UserPoolId=self.pool):
                yield from (_user(each, each["Attributes"]) for each in page["Users"])

    def add(self, email: str, password: str, *, replace: bool = False) -> tuple[User, Added]:
        """Make a user who can sign in with ``email`` and ``password``.

        An existing user who has only a temporary password gets this one. One with an own password keeps it; where the
        user cannot sign in with it, as before the sign-up is confirmed, ``replace`` allows to replace it.

        Raises:
            StackError: Cognito refused, or an own password would have to be replaced; nothing was changed.
        """
        email = email.lower()
        with explain(f"Cannot add the user {email} to pool {self.pool}"):
            found = self._find(email)
            user = found or self._create(email, password)
            if user.status == CONFIRMED:
                return user, Added.UNCHANGED
            if user.status != TEMPORARY and not replace:
                raise StackError(
                    f"Cannot add the user {email}: a user of this address exists, with an own password and the status "
                    f"{user.status}. Pass --password to replace that password, or delete the user first."
                )
            self.cognito.admin_set_user_password(
                UserPoolId=self.pool, Username=email, Password=password, Permanent=True
            )
            added = Added.REPLACED if user.status != TEMPORARY else Added.COMPLETED if found else Added.MADE
            return self._find(email) or user, added

    def ensure(self, email: str, password: str) -> User:
        """A user who can sign in with ``email``, as ``add`` makes it; a password that works is kept.

        Raises:
            StackError: Cognito refused.
        """
        return self.add(email, password, replace=True)[0]

    def log_in(self, client_id: str, email: str, password: str, code: str | None = None) -> Tokens:
        """Sign in by password, and by the ``code`` of an authenticator app if Cognito asks for one.

        Raises:
            StackError: Cognito refused, or asks for something that was not given.
        """
        email = email.lower()
        with explain(f"Cannot sign in as {email}"):
            answer = self.cognito.initiate_auth(
                ClientId=client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
            challenge = answer.get("ChallengeName")
            if challenge == TOTP and code:
                return _tokens(
                    self.cognito.respond_to_auth_challenge(
                        ClientId=client_id,
                        ChallengeName=TOTP,
                        Session=answer["Session"],
                        ChallengeResponses={"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": code},
                    )["AuthenticationResult"]
                )
        if challenge:
            hint = " Pass --code with the code that the authenticator app shows." if challenge == TOTP else ""
            raise StackError(f"Cannot sign in as {email}: Cognito asks for {challenge}.{hint}")
        return _tokens(answer["AuthenticationResult"])

    def _find(self, email: str) -> User | None:
        found = self._read(email)
        return _user(found, found["UserAttributes"]) if found else None

    @absent_is_none("UserNotFoundException")
    def _read(self, email: str) -> Any:
        return self.cognito.admin_get_user(UserPoolId=self.pool, Username=email)

    def _create(self, email: str, password: str) -> User:
        """Make the user with ``password`` as a temporary one: Cognito makes no user whose password it refuses."""
        try:
            made = self.cognito.admin_create_user(
                UserPoolId=self.pool,
                Username=email,
                TemporaryPassword=password,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )["User"]
        except self.cognito.exceptions.UsernameExistsException:
            if found := self._find(email):
                return found
            raise
        return _user(made, made["Attributes"])


def new_password() -> str:
    """A random password with each class of characters that the pool requires; it needs no quotes in a shell."""
    letters = string.ascii_letters + string.digits
    return f"{''.join(secrets.choice(letters) for _ in range(PASSWORD_LENGTH))}-aA1"


def _user(user: Any, attributes: Any) -> User:
    """A user from an answer of Cognito; the name of its list of attributes differs between operations."""
    values = {each["Name"]: each["Value"] for each in attributes}
    created = user["UserCreateDate"].astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return User(values.get("email", ""), values["sub"], user["UserStatus"], user["Enabled"], created)


def _tokens(result: Any) -> Tokens:
    return Tokens(result["IdToken"], result["AccessToken"], result["RefreshToken"])
