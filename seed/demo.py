"""The people of the demo: who they are, and their accounts in Cognito.

The password of a local stack is public: it is in this file, in the README and in what ``stack up`` prints. So
it is used on no stack that others can reach; on AWS whoever seeds chooses one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.contract.profile import ProfileIn
from seed.catalogue import HOME, PERSONAS
from stack.failures import StackError, explain

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

    from seed.catalogue import Persona
    from seed.deployment import Deployment

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "Demo-password-1"  # noqa: S105 (public on purpose, see above)
PASSWORD_VARIABLE = "STACK_DEMO_PASSWORD"  # noqa: S105 (a name)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom spending is made up for; ``seed`` sets two of the same persona apart."""

    email: str
    persona: Persona
    seed: int

    @property
    def profile(self) -> ProfileIn:
        """What they chose: the dollars they are paid in, and the zone they live in."""
        name = f"{self.email.partition('@')[0].capitalize()} ({self.persona.name})"
        return ProfileIn(display_name=name, home_currency=HOME, locale="en-US", time_zone="America/New_York")


def people(users: int, scale: int) -> tuple[Person, ...]:
    """``users`` persons, the average one first, who buy ``scale`` times as often as their persona does.

    Raises:
        StackError: one of the two is less than 1.
    """
    if users < 1 or scale < 1:
        raise StackError(f"cannot seed {users} users at scale {scale}: both must be at least 1")
    return tuple(_person(index, scale) for index in range(users))


def _person(index: int, scale: int) -> Person:
    persona = PERSONAS[index % len(PERSONAS)]
    if scale > 1:  # under a name of its own, by which its rows get ids of their own
        persona = replace(persona, name=f"{persona.name} x{scale}", activity=persona.activity * scale)
    email = DEMO_EMAIL if index == 0 else DEMO_EMAIL.replace("demo", f"demo{index + 1}")
    return Person(email, persona, seed=index + 1)


def password_of(deployment: Deployment) -> str:
    """The demo password of a stack.

    Raises:
        StackError: it is on AWS, and none was chosen.
    """
    if not deployment.on_aws:
        return DEMO_PASSWORD
    if chosen := os.environ.get(PASSWORD_VARIABLE):
        return chosen
    raise StackError(
        "seeding on AWS makes a user whom anybody can try to sign in as, so the public password will not "
        f"do: set {PASSWORD_VARIABLE} to 12 or more characters, capitals, small letters, digits and symbols "
        "among them, and seed again"
    )


def ensure_user(cognito: CognitoIdentityProviderClient, pool: str, email: str, password: str) -> str:
    """The ``sub`` of a user who can sign in with ``email``, made if there is none.

    A user who has a password keeps it: whoever changed it meant to.

    Raises:
        StackError: Cognito refused.
    """
    with explain(f"making the demo user {email} in pool {pool}"):
        sub, can_sign_in = _find(cognito, pool, email) or _create(cognito, pool, email)
        if not can_sign_in:
            cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    return sub


def _find(cognito: CognitoIdentityProviderClient, pool: str, email: str) -> tuple[str, bool] | None:
    """The ``sub``, and whether a permanent password was set; without one an earlier run died half way."""
    try:
        user = cognito.admin_get_user(UserPoolId=pool, Username=email)
    except cognito.exceptions.UserNotFoundException:
        return None
    return _sub(user["UserAttributes"]), user["UserStatus"] == "CONFIRMED"


def _create(cognito: CognitoIdentityProviderClient, pool: str, email: str) -> tuple[str, bool]:
    try:
        user = cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )["User"]
    except cognito.exceptions.UsernameExistsException:
        found = _find(cognito, pool, email)
        if not found:
            raise
        return found
    return _sub(user["Attributes"]), False


def _sub(attributes: list[AttributeTypeTypeDef]) -> str:
    return next(each["Value"] for each in attributes if each["Name"] == "sub")
