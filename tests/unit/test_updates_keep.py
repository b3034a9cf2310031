"""Updates that reset what they omit also send what others set by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from stack.engine.compare import compare
from stack.engine.model import Desired, Live
from stack.kinds import kinds
from stack.kinds.alarm import AlarmProps
from stack.kinds.bucket.notifications import write_notifications
from stack.kinds.bucket.props import BucketProps
from stack.kinds.function.events import write_failures
from stack.kinds.function.props import Failures
from stack.kinds.role import RoleProps
from stack.kinds.user_pool.props import PasswordPolicy, UserPoolClient, UserPoolProps, settings
from stack.target.target import Target
from stack.target.target_kind import TargetKind

POOL = "eu-central-1_abcdefghi"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:theirs"
SES = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
CLIENT = UserPoolClient(("ALLOW_USER_SRP_AUTH",), 60, 60, 30, ("email",))
PROPS = UserPoolProps(
    sign_in=("email",),
    verified=("email",),
    case_sensitive=False,
    password=PasswordPolicy(12),
    recovery=("verified_email",),
    mfa="OPTIONAL",
    totp=True,
    deletion_protection=True,
    client=CLIENT,
)
BY_HAND = {
    "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": SES, "ReplyToEmailAddress": "a@b.example"},
    "LambdaConfig": {"PostConfirmation": ARN},
    "UserPoolTier": "PLUS",
    "UserPoolTags": {"team": "theirs"},
    "VerificationMessageTemplate": {"EmailMessage": "Your code is {####}", "DefaultEmailOption": "CONFIRM_WITH_CODE"},
}
DESCRIBED = {
    "Id": POOL,
    "Name": "s-users",
    "Arn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abcdefghi",
    "EstimatedNumberOfUsers": 3,
    "EmailVerificationMessage": "Your code is {####}",
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True, "UnusedAccountValidityDays": 7},
    "Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 4}},
    **BY_HAND,
}


@pytest.fixture
def amazon() -> Target:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    where = {"stack": "s", "region": "eu-central-1", "account_id": "123456789012"}
    return Target(TargetKind.AWS, **where, endpoint_url=None, session=session)


@pytest.fixture
def cognito(amazon: Target) -> Iterator[Stubber]:
    with Stubber(amazon.client("cognito-idp")) as answers:
        yield answers
        answers.assert_no_pending_responses()


def update(amazon: Target, changed: str, wanted: UserPoolProps = PROPS) -> None:
    live: Live[Any] = Live("s-users", PROPS, {"id": POOL, "client_id": "abc"}, None, None)
    kinds(amazon)["user_pool"].update(live, Desired("user_pool.users", "s-users", wanted), frozenset({changed}))


def sent_after(cognito: Stubber, wanted: UserPoolProps, **more: Any) -> None:
    """Expect an update of the pool with all that is declared, all that was set by hand, and ``more``."""
    declared = settings(wanted)
    declared["Policies"]["PasswordPolicy"]["PasswordHistorySize"] = 4
    rest: Mapping[str, Any] = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}, **BY_HAND}
    cognito.add_response("describe_user_pool", {"UserPool": DESCRIBED}, {"UserPoolId": POOL})
    cognito.add_response("update_user_pool", {}, {"UserPoolId": POOL, **rest, **declared, **more})


def test_an_update_of_a_pool_keeps_sender_triggers_tier_tags_and_templates(amazon: Target, cognito: Stubber) -> None:
    """Without what the update would be refused for: a setting that is no longer in use, and a text in two places."""
    sent_after(cognito, PROPS)
    update(amazon, "password")


def test_a_declared_sender_replaces_that_of_the_pool_and_keeps_its_reply_address(
    amazon: Target, cognito: Stubber
) -> None:
    wanted = replace(PROPS, email_from="me@example.com", email_arn=SES)
    mine = {**BY_HAND["EmailConfiguration"], "From": "me@example.com"}  # type: ignore[dict-item]
    sent_after(cognito, wanted, EmailConfiguration=mine)
    update(amazon, "email_from", wanted)


def test_a_sender_that_is_not_declared_is_no_difference() -> None:
    by_hand = replace(PROPS, email_from="me@example.com", email_arn=SES)
    assert compare(by_hand, PROPS) == ()
    assert [each.path for each in compare(PROPS, by_hand)] == ["email_arn", "email_from"]


def test_an_update_of_a_client_keeps_its_callbacks_and_never_sends_its_secret(amazon: Target, cognito: Stubber) -> None:
    found = {
        "ClientId": "abc",
        "ClientName": "s-users",
        "ClientSecret": "x" * 24,
        "CallbackURLs": ["https://a.example"],
    }
    rotated = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    found_client = {**found, "AuthSessionValidity": 15, "RefreshTokenRotation": rotated}
    cognito.add_response("describe_user_pool_client", {"UserPoolClient": found_client})
    cognito.add_response(
        "update_user_pool_client",
        {},
        {
            "UserPoolId": POOL,
            "ClientId": "abc",
            "ClientName": "s-users",
            "CallbackURLs": ["https://a.example"],
            "AuthSessionValidity": 15,
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            "IdTokenValidity": 60,
            "AccessTokenValidity": 60,
            "RefreshTokenValidity": 30,
            "TokenValidityUnits": {"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days"},
            "WriteAttributes": ["email"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": True,
            "RefreshTokenRotation": {"Feature": "DISABLED"},
        },
    )
    update(amazon, "client")


def test_a_change_of_the_second_factor_keeps_passkeys(amazon: Target, cognito: Stubber) -> None:
    passkeys = {"RelyingPartyId": "example.com", "UserVerification": "required"}
    cognito.add_response("get_user_pool_mfa_config", {"MfaConfiguration": "OFF", "WebAuthnConfiguration": passkeys})
    factor = {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    sent = {"UserPoolId": POOL, "WebAuthnConfiguration": passkeys, **factor}
    cognito.add_response("set_user_pool_mfa_config", {}, sent)
    update(amazon, "totp")


def test_an_update_of_an_alarm_keeps_its_action_for_a_lack_of_data(amazon: Target) -> None:
    wanted = AlarmProps("d", "AWS/SQS", "m", {}, "Maximum", 1)
    live: Live[Any] = Live("s-a", wanted, {}, None, None)
    found = {"AlarmName": "s-a", "InsufficientDataActions": [ARN]}
    with Stubber(amazon.client("cloudwatch")) as cloudwatch:
        cloudwatch.add_response("describe_alarms", {"MetricAlarms": [found]})
        sent = recorded(amazon, "cloudwatch", "PutMetricAlarm")
        cloudwatch.add_response("put_metric_alarm", {})
        kinds(amazon)["alarm"].update(live, Desired("alarm.a", "s-a", wanted), frozenset({"threshold"}))
    assert sent[0]["InsufficientDataActions"] == [ARN]


def test_a_new_description_of_a_role_keeps_its_session_duration(amazon: Target) -> None:
    wanted = RoleProps("lambda.amazonaws.com", (), "new")
    live: Live[Any] = Live("s-a", wanted, {}, None, None)
    role: Any = {"Path": "/", "RoleName": "s-a", "RoleId": "A" * 16, "Arn": f"arn:aws:iam::{'1' * 12}:role/s-a"}
    with Stubber(amazon.client("iam")) as iam:
        described = {"Role": {**role, "CreateDate": "2026-01-01T00:00:00Z", "MaxSessionDuration": 7200}}
        iam.add_response("get_role", described)
        iam.add_response("update_role", {}, {"RoleName": "s-a", "Description": "new", "MaxSessionDuration": 7200})
        kinds(amazon)["role"].update(live, Desired("role.a", "s-a", wanted), frozenset({"description"}))
        iam.assert_no_pending_responses()


def test_a_new_failure_destination_keeps_the_longest_age_of_an_event(amazon: Target) -> None:
    queue = "arn:aws:sqs:eu-central-1:123456789012:s-dead"
    client = amazon.client("lambda")
    with Stubber(client) as functions:
        functions.add_response("get_function_event_invoke_config", {"MaximumEventAgeInSeconds": 60})
        functions.add_response(
            "put_function_event_invoke_config",
            {},
            {
                "FunctionName": "s-a",
                "Qualifier": "live",
                "MaximumEventAgeInSeconds": 60,
                "MaximumRetryAttempts": 2,
                "DestinationConfig": {"OnFailure": {"Destination": queue}},
            },
        )
        write_failures(client, "s-a", "live", Failures(queue))
        functions.assert_no_pending_responses()


def test_a_new_notification_keeps_those_to_eventbridge(amazon: Target) -> None:
    with Stubber(amazon.client("s3")) as s3:
        s3.add_response("get_bucket_notification_configuration", {"EventBridgeConfiguration": {}})
        configuration: Any = {"LambdaFunctionConfigurations": [], "EventBridgeConfiguration": {}}
        s3.add_response(
            "put_bucket_notification_configuration",
            {},
            {"Bucket": "s-a", "NotificationConfiguration": configuration},
        )
        write_notifications(amazon, "s-a", BucketProps())
        s3.assert_no_pending_responses()


def recorded(amazon: Target, service: str, operation: str) -> list[Mapping[str, Any]]:
    """The parameters of each call of ``operation``, from now on."""
    sent: list[Mapping[str, Any]] = []
    events = amazon.client(service).meta.events
    events.register(f"provide-client-params.*.{operation}", lambda params, **_: sent.append(params))
    return sent
