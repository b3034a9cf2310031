"""Users of the pool, for those who develop and operate: make one, list them, log in as one."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.errors import StackError, absent_is_none, explain

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

TOTP = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True, slots=True)
class User:
    """``status`` is Cognito's word: UNCONFIRMED, CONFIRMED, FORCE_CHANGE_PASSWORD or another."""

    email: str
    sub: str
    status: str
    enabled: bool
    created: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one login. The API wants the ID token."""

    id_token: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Users:
    """The users of one pool. E-mail addresses are written in small letters: not every target ignores their case."""

    cognito: CognitoIdentityProviderClient
    pool: str

    def find(self, email: str) -> User | None:
        """Whoever signs in with ``email``."""
        found = self._found(email.lower())
        return _user(found, found["UserAttributes"]) if found else None

    def all(self) -> Iterator[User]:
        """Everybody, in Cognito's order."""
        with explain(f"listing the users of pool {self.pool}"):
            for page in self.cognito.get_paginator("list_users").paginate(UserPoolId=self.pool):
                yield from (_user(each, each["Attributes"]) for each in page["Users"])

    def ensure(self, email: str, password: str) -> User:
        """A user who can sign in with ``email``, made if there is none; one who has a password keeps it.

        Raises:
            StackError: Cognito refused.
        """
        email = email.lower()
        with explain(f"making the user {email} in pool {self.pool}"):
            user = self.find(email) or self._create(email)
            if user.status != "CONFIRMED":  # none yet, or an earlier run died half way
                self.cognito.admin_set_user_password(
                    UserPoolId=self.pool, Username=email, Password=password, Permanent=True
                )
        return user

    def log_in(self, client_id: str, email: str, password: str, code: str | None = None) -> Tokens:
        """Tokens by password, and by the ``code`` of an authenticator app where one is asked for.

        Raises:
            StackError: Cognito refused, or asks for a code and there is none.
        """
        email = email.lower()
        with explain(f"logging in as {email}"):
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
            hint = ": say --code with what the authenticator app shows" if challenge == TOTP else ""
            raise StackError(f"logging in as {email}: Cognito asks for {challenge}{hint}")
        return _tokens(answer["AuthenticationResult"])

    @absent_is_none("UserNotFoundException")
    def _found(self, email: str) -> Any:
        return self.cognito.admin_get_user(UserPoolId=self.pool, Username=email)

    def _create(self, email: str) -> User:
        try:
            made = self.cognito.admin_create_user(
                UserPoolId=self.pool,
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            )["User"]
        except self.cognito.exceptions.UsernameExistsException:
            if found := self.find(email):
                return found
            raise
        return _user(made, made["Attributes"])


def new_password() -> str:
    """One that nobody has used, of every class of characters that the pool asks for."""
    return f"{secrets.token_urlsafe(15)}-aA1"


def _user(user: Any, attributes: Any) -> User:
    """The two lists of attributes have different names in Cognito's answers."""
    values = {each["Name"]: each["Value"] for each in attributes}
    created = user["UserCreateDate"].astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return User(values.get("email", ""), values["sub"], user["UserStatus"], user["Enabled"], created)


def _tokens(result: Any) -> Tokens:
    return Tokens(result["IdToken"], result["AccessToken"], result["RefreshToken"])
