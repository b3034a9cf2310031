"""What keeps a run on its target: no request leaves for another host, and no account is touched by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    UnauthorizedSSOTokenError,
)

from stack.errors import StackError
from stack.kinds import SERVICES
from stack.target import guards
from stack.target.session import emulator_session
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind

HERE = "http://127.0.0.1:1"
OF_THE_MACHINE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL")


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any AWS settings; its configuration file, to write to."""
    for name in OF_THE_MACHINE:
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return config


def target(kind: TargetKind, endpoint_url: str | None) -> Target:
    return Target(
        kind,
        stack="s",
        region="eu-central-1",
        account_id="123456789012",
        endpoint_url=endpoint_url,
        session=boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="very-secret"),
    )


class Sts:
    """An STS that answers with an account, or fails."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    def get_caller_identity(self) -> dict[str, str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Account": self.answer}


@pytest.mark.parametrize("kind", [TargetKind.LOCAL, TargetKind.LOCALSTACK], ids=str)
def test_no_client_of_an_emulators_session_sends_anything_to_amazon(kind: TargetKind) -> None:
    """Also one that was made without naming the endpoint, and one of another emulator."""
    session = target(kind, HERE).session
    with pytest.raises(
        StackError, match=r"^Cannot send a request to https://sts\..*amazonaws\.com: this target is http://127"
    ):
        session.client("sts", region_name="us-east-1").get_caller_identity()
    with pytest.raises(StackError, match=r"127\.0\.0\.1:2"):
        session.client("sts", region_name="us-east-1", endpoint_url="http://127.0.0.1:2").get_caller_identity()
    with pytest.raises(EndpointConnectionError):
        session.client("sts", region_name="us-east-1", endpoint_url=HERE).get_caller_identity()


def test_no_client_of_an_aws_session_sends_anything_elsewhere_or_in_clear() -> None:
    session = target(TargetKind.AWS, None).session
    for elsewhere in ("http://127.0.0.1:1", "https://sts.amazonaws.com.evil.example", "http://sts.amazonaws.com"):
        with pytest.raises(StackError, match=r"this target is Amazon over https"):
            session.client("sts", region_name="us-east-1", endpoint_url=elsewhere).get_caller_identity()


@pytest.mark.parametrize(
    ("url", "amazon"),
    [
        ("https://dynamodb.eu-central-1.amazonaws.com/", True),
        ("https://DYNAMODB.us-east-1.AmazonAWS.com.", True),
        ("https://lambda.eu-west-1.api.aws", True),
        ("https://x.amazonaws.com.cn", True),
        ("https://user@sts.amazonaws.com:443/x", True),
        ("https://sts.amazonaws.com.evil.example", False),
        ("https://notamazonaws.com", False),
        ("http://127.0.0.1:4566/amazonaws.com", False),
    ],
)
def test_amazon_is_told_by_the_host_alone(url: str, amazon: bool) -> None:
    assert guards.is_amazon(url) is amazon


def test_an_emulators_session_reads_nothing_of_the_users_configuration(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write_text("[profile work]\nregion = eu-north-1\nendpoint_url = https://dynamodb.amazonaws.com\n")
    monkeypatch.setenv("AWS_PROFILE", "gone")
    session = emulator_session()
    credentials = session.get_credentials()
    assert credentials
    assert credentials.access_key == "test"
    assert not session.region_name
    session.client("sts", region_name="us-east-1", endpoint_url=HERE)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"AWS_ENDPOINT_URL": "http://localhost:4566"}, "AWS_ENDPOINT_URL sends calls to http://localhost:4566"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8000"}, "AWS_ENDPOINT_URL_DYNAMODB"),
        ({"AWS_ENDPOINT_URL_S3": "https://me:pass@minio.example"}, r"https://…@minio\.example"),
    ],
)
def test_an_endpoint_in_the_environment_refuses_the_target_aws(environment: Mapping[str, str], named: str) -> None:
    with pytest.raises(StackError, match=named) as refused:
        guards.check_overrides(boto3.Session(), environment)
    assert "pass" not in str(refused.value)


def test_an_endpoint_of_amazon_or_one_that_is_ignored_is_let_through() -> None:
    guards.check_overrides(boto3.Session(), {"AWS_ENDPOINT_URL_STS": "https://sts.eu-central-1.amazonaws.com"})
    ignored = {"AWS_ENDPOINT_URL": "http://localhost:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    guards.check_overrides(boto3.Session(), ignored)


@pytest.mark.parametrize(
    "config",
    [
        "[profile work]\nendpoint_url = http://localhost:4566\n",
        "[profile work]\nservices = mine\n[services mine]\ndynamodb =\n  endpoint_url = http://localhost:4566\n",
    ],
    ids=["for all", "for one service"],
)
def test_an_endpoint_in_the_profile_refuses_the_target_aws(
    machine: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    machine.write_text(config)
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(StackError, match=r"of profile 'work',? sends calls to http://localhost:4566.*Nothing was"):
        amazon()


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("moon-1", "There is no AWS region 'moon-1'"),
        ("cn-north-1", "belongs to the partition aws-cn"),
        (None, "No region. Pass --region"),
    ],
)
def test_a_region_that_is_missing_or_not_there_is_one_sentence(region: str | None, said: str) -> None:
    with pytest.raises(StackError, match=said):
        guards.check_region(boto3.Session(region_name=region), SERVICES)


def test_a_region_without_one_of_our_services_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"cognito-idp": ["us-east-1"]}
    monkeypatch.setattr(
        boto3.Session, "get_available_regions", lambda _, service: there.get(service, ["us-east-1", "eu-central-1"])
    )
    assert guards.check_region(boto3.Session(region_name="us-east-1"), SERVICES) == "us-east-1"
    with pytest.raises(StackError, match="Region eu-central-1 does not offer cognito-idp"):
        guards.check_region(boto3.Session(region_name="eu-central-1"), SERVICES)


def refusal(error: str) -> ClientError:
    told = {"Error": {"Code": error, "Message": "the canonical string was: very-secret"}}
    return ClientError(told, "GetCallerIdentity")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NoCredentialsError(), "There are no AWS credentials. Log in"),
        (PartialCredentialsError(provider="env", cred_var="secret_key"), "are incomplete: .*secret_key"),
        (UnauthorizedSSOTokenError(), "The AWS login has expired. Log in again"),
        (EndpointConnectionError(endpoint_url="https://sts"), "Cannot reach AWS"),
        (refusal("ExpiredToken"), "These AWS credentials have expired. Log in again"),
        (refusal("InvalidClientTokenId"), r"refuses these credentials \(InvalidClientTokenId\)"),
        (refusal("SignatureDoesNotMatch"), "refuses these credentials"),
        ("210987654321", "belong to account 210987654321, not 123456789012. Nothing was changed"),
    ],
    ids=lambda value: getattr(value, "response", {}).get("Error", {}).get("Code") or type(value).__name__,
)
def test_credentials_that_do_not_work_are_told_apart_and_nothing_secret_is_said(answer: Any, said: str) -> None:
    with pytest.raises(StackError, match=said) as refused:
        guards.check_account(Sts(answer), "123456789012")
    assert "very-secret" not in str(refused.value)
    assert "Nothing was changed" in str(refused.value)


@pytest.mark.parametrize(("account", "said"), [(None, "needs the account"), ("12345", "twelve digits")])
def test_the_account_must_be_named_and_be_one_before_anything_else(account: str | None, said: str) -> None:
    with pytest.raises(StackError, match=said):
        amazon(expected_account=account, region="moon-1")


def amazon(**more: Any) -> Target:
    where = {"stack": "s", "region": "eu-central-1", "endpoint_url": None, "expected_account": "123456789012"}
    return connect(TargetKind.AWS, **{**where, **more})


def test_without_credentials_the_ordinary_chain_is_asked_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StackError, match="There are no AWS credentials"):
        amazon()


def test_a_profile_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(StackError, match=r"\(gone\) could not be found. Set AWS_PROFILE"):
        amazon()


def test_aws_is_given_no_endpoint() -> None:
    with pytest.raises(StackError, match="takes no endpoint"):
        amazon(endpoint_url=HERE)
