"""The people of the demo and their accounts in Cognito.

The password of a local stack is public: it is in this file, in the README and in the output of ``stack up``. So it is
used on no stack that others can reach; on AWS the person who seeds chooses another.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.contract.profile import ProfileIn
from seed.catalogue import HOME, PERSONAS
from stack.errors import StackError

if TYPE_CHECKING:
    from checks.deployment import Deployment
    from seed.catalogue import Persona

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "Demo-password-1"  # noqa: S105 (public on purpose, see above)
PASSWORD_VARIABLE = "STACK_DEMO_PASSWORD"  # noqa: S105 (a name)


@dataclass(frozen=True, slots=True)
class Person:
    """A person with invented spending; ``seed`` distinguishes two of the same persona."""

    email: str
    persona: Persona
    seed: int

    @property
    def profile(self) -> ProfileIn:
        """Their profile: the dollars that they are paid in, and the time zone that they live in."""
        name = f"{self.email.partition('@')[0].capitalize()} ({self.persona.name})"
        return ProfileIn(display_name=name, home_currency=HOME, locale="en-US", time_zone="America/New_York")


def people(users: int, scale: int) -> tuple[Person, ...]:
    """``users`` persons, the average one first, who buy ``scale`` times as often as their persona.

    Raises:
        StackError: one of the two is less than 1.
    """
    if users < 1 or scale < 1:
        raise StackError(
            f"Cannot seed {users} users at scale {scale}: both must be at least 1. Pass --users and --scale."
        )
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
        StackError: the stack is on AWS, and no password was chosen.
    """
    if not deployment.on_aws:
        return DEMO_PASSWORD
    if chosen := os.environ.get(PASSWORD_VARIABLE):
        return chosen
    raise StackError(
        "Cannot seed a stack on AWS with the public demo password: anybody could sign in with it. "
        f"Set {PASSWORD_VARIABLE} to 12 or more characters with capitals, small letters, digits and symbols, and "
        "seed again."
    )
