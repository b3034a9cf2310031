"""The life of an account through Cognito, with a maintained SRP client; and the profile that makes itself."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from pycognito.exceptions import SoftwareTokenMFAChallengeException

from tests.e2e.api import PASSWORD, Api, Stack, User
from tests.e2e.srp import Person, totp

NEW_PASSWORD = "Another-horse-7-battery"
REUSED = r"ExpiredCode|NotAuthorized"
"""Targets differ in how they refuse a code that was used."""


@pytest.fixture
def person(stack: Stack) -> Person:
    """Somebody who has signed up and confirmed the mailed code."""
    person = Person(stack)
    person.sign_up()
    person.confirm_sign_up(person.mailed_code())
    return person


def test_signing_up_with_the_mailed_code_ends_in_a_token_that_opens_the_api(stack: Stack) -> None:
    person = Person(stack)
    told = person.sign_up()
    assert (told["UserConfirmed"], told["CodeDeliveryDetails"]["DeliveryMedium"]) == (False, "EMAIL")
    with pytest.raises(ClientError, match="UserNotConfirmed"):
        person.log_in()
    person.confirm_sign_up(person.mailed_code())
    person.log_in()
    claims = person.id_claims
    assert claims["sub"] == claims["cognito:username"] == told["UserSub"]
    assert (claims["email"], claims["email_verified"]) == (person.email, True)
    assert person.api().get("/profile")["email"] == person.email


@pytest.mark.parametrize(
    "weak", ["short1!A", "no-capital-letters-1", "NO-SMALL-LETTERS-1", "No-digits-here", "N0symbolshere"]
)
def test_a_weak_password_makes_no_user(stack: Stack, weak: str) -> None:
    person = Person(stack)
    with pytest.raises(ClientError, match="InvalidPassword"):
        person.sign_up(weak)
    person.sign_up()


def test_an_address_signs_up_once(stack: Stack, person: Person) -> None:
    with pytest.raises(ClientError, match="UsernameExists"):
        Person(stack, person.email).sign_up()


def test_a_wrong_code_confirms_nobody_and_a_code_is_mailed_again_when_asked_for(stack: Stack) -> None:
    person = Person(stack)
    person.sign_up()
    with pytest.raises(ClientError, match="CodeMismatch"):
        person.confirm_sign_up("000000")
    person.resend_confirmation_code(person.email)
    assert len(person.mail()) == 2
    person.confirm_sign_up(person.mailed_code())
    with pytest.raises(ClientError, match=REUSED):
        person.confirm_sign_up(person.mailed_code())


def test_srp_refuses_a_wrong_password(person: Person) -> None:
    with pytest.raises(ClientError, match="NotAuthorized"):
        person.log_in("Wrong-password-1!")


def test_nobody_learns_whether_a_user_exists(stack: Stack, person: Person) -> None:
    told = set()
    for email in (person.email, "nobody@example.com"):
        with pytest.raises(ClientError) as refusal:
            stack.log_in(email, "Wrong-password-1!")
        told.add(str(refusal.value))
    assert len(told) == 1


def test_asking_for_a_new_password_does_not_tell_whether_a_user_exists(stack: Stack, person: Person) -> None:
    person.initiate_forgot_password()
    nobody = Person(stack)
    nobody.initiate_forgot_password()
    assert nobody.mail() == []
    for each in (person, nobody):
        with pytest.raises(ClientError, match="CodeMismatch"):
            each.confirm_forgot_password("000000", NEW_PASSWORD)


def test_a_refresh_token_gives_a_new_id_token(person: Person) -> None:
    person.log_in()
    first = person.id_claims
    person.renew_access_token()
    assert person.id_claims["jti"] != first["jti"]
    assert person.id_claims["origin_jti"] == first["origin_jti"]
    assert person.api().get("/expenses")["items"] == []


def test_signing_out_everywhere_ends_every_session(person: Person) -> None:
    person.log_in()
    phone = person.another_device().log_in()
    person.logout()
    with pytest.raises(ClientError, match="NotAuthorized"):
        phone.renew_access_token()
    with pytest.raises(ClientError, match="NotAuthorized"):
        phone.get_user()
    assert person.another_device().log_in().api().get("/expenses")["items"] == []


def test_revoking_a_refresh_token_ends_that_session_and_no_other(person: Person) -> None:
    person.log_in()
    phone = person.another_device().log_in()
    phone.client.revoke_token(Token=phone.refresh_token, ClientId=phone.client_id)
    with pytest.raises(ClientError, match="NotAuthorized"):
        phone.renew_access_token()
    person.renew_access_token()


def test_a_forgotten_password_is_replaced_with_a_mailed_code_that_works_once(person: Person) -> None:
    person.initiate_forgot_password()
    code = person.mailed_code()
    with pytest.raises(ClientError, match="CodeMismatch"):
        person.confirm_forgot_password("000000", NEW_PASSWORD)
    with pytest.raises(ClientError, match="InvalidPassword"):
        person.confirm_forgot_password(code, "short1!A")
    person.confirm_forgot_password(code, NEW_PASSWORD)
    with pytest.raises(ClientError, match="NotAuthorized"):
        person.log_in()
    person.log_in(NEW_PASSWORD)
    with pytest.raises(ClientError, match=REUSED):
        person.confirm_forgot_password(code, PASSWORD)


def test_changing_the_password_asks_for_the_old_one(person: Person) -> None:
    person.log_in()
    with pytest.raises(ClientError, match="NotAuthorized"):
        person.change_password("Wrong-password-1!", NEW_PASSWORD)
    with pytest.raises(ClientError, match="InvalidPassword"):
        person.change_password(PASSWORD, "short1!A")
    person.change_password(PASSWORD, NEW_PASSWORD)
    with pytest.raises(ClientError, match="NotAuthorized"):
        person.another_device().log_in()
    person.another_device().log_in(NEW_PASSWORD)


def test_an_authenticator_app_guards_the_login_until_it_is_switched_off(person: Person) -> None:
    secret = person.log_in().enrol()
    phone = person.another_device()
    with pytest.raises(SoftwareTokenMFAChallengeException):
        phone.log_in()
    with pytest.raises(ClientError, match="CodeMismatch"):
        phone.respond_to_software_token_mfa_challenge(totp(secret, steps=10))
    phone.respond_to_software_token_mfa_challenge(totp(secret))
    assert phone.api().get("/profile")["email"] == person.email
    phone.set_user_mfa_preference(sms_mfa=False, software_token_mfa=False)
    person.another_device().log_in()


def test_an_authenticator_app_is_not_switched_on_by_a_wrong_code(person: Person) -> None:
    secret = person.log_in().associate_software_token()
    with pytest.raises(ClientError, match=r"EnableSoftwareTokenMFA|CodeMismatch"):
        person.verify_software_token(totp(secret, steps=10))
    person.another_device().log_in()


def test_a_password_login_asks_for_the_second_factor_too(stack: Stack, person: Person) -> None:
    person.log_in().enrol()
    answer = stack.client("cognito-idp").initiate_auth(
        ClientId=person.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": PASSWORD},
    )
    assert (answer["ChallengeName"], "AuthenticationResult" in answer) == ("SOFTWARE_TOKEN_MFA", False)


def test_a_profile_is_there_on_first_use(api: Api, user: User) -> None:
    profile = api.get("/profile")
    assert profile["email"] == user.email
    assert set(profile) == {
        "email", "display_name", "home_currency", "locale", "time_zone", "created_at", "updated_at"
    }  # fmt: skip
    assert api.get("/profile") == profile


def test_a_profile_changes_by_merge_patch(api: Api) -> None:
    before = api.get("/profile")
    changed = api.call(
        "PATCH",
        "/profile",
        json={"display_name": "Zoë", "home_currency": "CHF", "time_zone": "Europe/Zurich"},
    )
    assert changed.status_code == 200
    after = changed.json()
    assert (after["display_name"], after["home_currency"], after["locale"]) == (
        "Zoë",
        "CHF",
        before["locale"],
    )
    assert api.get("/profile") == after
    assert api.call("PATCH", "/profile", json={"display_name": None}).json()["display_name"] is None


def test_a_wrong_profile_field_is_named(api: Api) -> None:
    response = api.call("PATCH", "/profile", json={"home_currency": "EURO"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/home_currency")
