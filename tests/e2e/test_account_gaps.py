"""The gaps between the local user pool and Cognito: each gap that ``stack status`` lists is still there.

When one of these fails, the emulator got better: delete the row in ``stack/target/capabilities.py`` and the proof here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from pycognito.exceptions import SoftwareTokenMFAChallengeException

from stack.target.capabilities import gaps
from stack.target.target_kind import TargetKind
from tests.e2e.api import PASSWORD, Stack
from tests.e2e.srp import Person, totp

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 12


def no_lock_out(stack: Stack) -> bool:
    user = stack.sign_up()
    for _ in range(TRIES):
        with pytest.raises(Exception, match="NotAuthorized"):
            stack.log_in(user.email, "Wrong-password-1!")
    return bool(stack.log_in(user.email).id_token)


def codes_are_known(stack: Stack) -> bool:
    person = Person(stack)
    person.sign_up()
    person.confirm_sign_up("123456")
    person.initiate_forgot_password()
    person.confirm_forgot_password("654321", PASSWORD)
    return bool(person.log_in().id_token)


def any_attribute_can_be_written(stack: Stack) -> bool:
    user = stack.sign_up()
    cognito = stack.client("cognito-idp")
    written = [{"Name": "sub", "Value": "mine"}, {"Name": "email_verified", "Value": "false"}]
    cognito.update_user_attributes(AccessToken=user.access_token, UserAttributes=written)
    return attributes(stack, user.email).items() >= {"sub": "mine", "email_verified": "false"}.items()


def case_makes_another_user(stack: Stack) -> bool:
    user = stack.sign_up()
    return bool(Person(stack, user.email.upper()).sign_up()["UserSub"] != user.sub)


def a_confirmed_address_is_not_verified(stack: Stack) -> bool:
    person = Person(stack)
    person.sign_up()
    person.confirm_sign_up(person.mailed_code())
    return "email_verified" not in attributes(stack, person.email)


def a_refresh_is_a_new_login(stack: Stack) -> bool:
    person = Person(stack, stack.sign_up().email).log_in()
    first = person.id_claims["auth_time"]
    time.sleep(1.1)
    person.renew_access_token()
    return bool(person.id_claims["auth_time"] > first)


def a_refresh_token_never_ends(stack: Stack) -> bool:
    cognito, pool, user = stack.client("cognito-idp"), stack.outputs["user_pool_id"], stack.sign_up()
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="zz-brief",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        RefreshTokenValidity=1,
        TokenValidityUnits={"RefreshToken": "seconds"},
    )["UserPoolClient"]["ClientId"]
    try:
        login = {"USERNAME": user.email, "PASSWORD": PASSWORD}
        token = authenticated(cognito, client, "USER_PASSWORD_AUTH", login)["RefreshToken"]
        time.sleep(2.1)
        return bool(authenticated(cognito, client, "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": token})["IdToken"])
    finally:
        cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)


def a_totp_code_works_twice_and_in_any_session(stack: Stack) -> bool:
    person = Person(stack, stack.sign_up().email).log_in()
    code = totp(person.enrol())
    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        person.log_in()
    for session in (challenge.value.get_tokens()["Session"], "a session that nobody began"):
        person.respond_to_software_token_mfa_challenge(code, {"Session": session})
    return True


def totp_can_be_switched_on_unverified(stack: Stack) -> bool:
    person = Person(stack, stack.sign_up().email).log_in()
    person.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
    answer = person.client.get_user(AccessToken=person.access_token)
    return bool(answer["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA")


def a_protected_pool_can_be_deleted(stack: Stack) -> bool:
    cognito = stack.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="protected", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    cognito.delete_user_pool(UserPoolId=pool)
    return True


PROOFS: dict[str, Callable[[Stack], bool]] = {
    "lock-out": no_lock_out,
    "codes": codes_are_known,
    "write attributes": any_attribute_can_be_written,
    "case": case_makes_another_user,
    "verified": a_confirmed_address_is_not_verified,
    "login time": a_refresh_is_a_new_login,
    "refresh life": a_refresh_token_never_ends,
    "TOTP replay": a_totp_code_works_twice_and_in_any_session,
    "TOTP enrolment": totp_can_be_switched_on_unverified,
    "deletion protection": a_protected_pool_can_be_deleted,
}


def test_every_listed_gap_of_the_user_pool_has_a_proof() -> None:
    assert PROOFS.keys() == {gap.subject for gap in gaps(TargetKind.LOCAL) if gap.kind == "user_pool"}


@pytest.mark.parametrize("subject", PROOFS)
def test_the_gap_is_still_there(stack: Stack, subject: str) -> None:
    assert PROOFS[subject](stack)


def attributes(stack: Stack, email: str) -> dict[str, str]:
    """Of a user, as the administrator sees them."""
    user = stack.client("cognito-idp").admin_get_user(UserPoolId=stack.outputs["user_pool_id"], Username=email)
    return {each["Name"]: each["Value"] for each in user["UserAttributes"]}


def authenticated(cognito: Any, client: str, flow: str, parameters: dict[str, str]) -> Any:
    answer = cognito.initiate_auth(ClientId=client, AuthFlow=flow, AuthParameters=parameters)
    return answer["AuthenticationResult"]
