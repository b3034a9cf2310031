"""Guards that keep a run on its target. Each refuses with one sentence, before anything is written.

before the first call   a configured endpoint that is not Amazon's; a region that lacks a service; missing or expired
                        credentials, or those of another account
at every request        ``keep_to``: a host that is not the target's, after a redirect, a virtual host name or a setting
                        of the machine
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from stack.errors import StackError, code

ACCOUNT = re.compile(r"\d{12}")
AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".aws.amazon.com", ".signin.aws")
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
LOGGED_OUT = (
    exceptions.UnauthorizedSSOTokenError,
    exceptions.SSOTokenLoadError,
    exceptions.TokenRetrievalError,
    exceptions.LoginRefreshRequired,
    exceptions.LoginTokenLoadError,
)
ADVICE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (
        exceptions.NoCredentialsError,
        "There are no AWS credentials. Log in (aws login, aws sso login), or set AWS_PROFILE.",
    ),
    (exceptions.PartialCredentialsError, "The AWS credentials are incomplete: {}."),
    (LOGGED_OUT, "The AWS login has expired. Log in again (aws login, aws sso login), then repeat."),
    (
        (exceptions.ConnectionError, exceptions.HTTPClientError),
        "Cannot reach AWS to check the credentials: {}.",
    ),
)


def is_amazon(url: str) -> bool:
    """Return whether ``url`` is an address of Amazon."""
    return f".{_host(url)}".endswith(AMAZON)


def keep_to(endpoint_url: str | None) -> Callable[..., None]:
    """Return a ``before-send`` handler for botocore that lets only requests to ``endpoint_url`` pass.

    None stands for Amazon over https. For another address the handler raises StackError, and nothing is sent.
    """
    home = urlsplit(endpoint_url or "")

    def guard(request: Any, **_: Any) -> None:
        url = urlsplit(request.url)
        if endpoint_url is None:
            stays = is_amazon(request.url) and url.scheme == "https"
        else:
            host = _host(request.url)
            stays = (host == home.hostname or host.endswith(f".{home.hostname}")) and url.port == home.port
        if not stays:
            where = endpoint_url or "Amazon over https"
            raise StackError(f"Cannot send a request to {url.scheme}://{url.netloc}: this target is {where}.")

    return guard


def check_overrides(session: boto3.Session, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse the target ``aws`` when the environment or the profile overrides an endpoint.

    Raises:
        StackError: with the name and value of the override.
    """
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return
    for where, url in (*_from_environment(environment), *_from_profile(session)):
        if not is_amazon(url):
            raise StackError(
                f"--target aws, but {where} sends calls to {_without_password(url)}. Nothing was called. "
                "Unset it, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true."
            )


def check_region(session: boto3.Session, services: Collection[str]) -> str:
    """Return the session's region, which must offer all ``services``.

    Raises:
        StackError: no region, an unknown one, one of another partition, or one without a service.
    """
    region = session.region_name
    if not region:
        raise StackError("No region. Pass --region, or set AWS_REGION or a profile with a region.")
    try:
        partition = session.get_partition_for_region(region)
    except exceptions.UnknownRegionError as error:
        raise StackError(f"There is no AWS region {region!r}. Pass --region, for example eu-central-1.") from error
    if partition != "aws":
        raise StackError(
            f"Region {region} belongs to the partition {partition}; this stack supports only aws. Use another region."
        )
    if missing := [each for each in sorted(services) if not _offers(session, region, each)]:
        raise StackError(
            f"Region {region} does not offer {', '.join(missing)}, according to boto3. Use another region."
        )
    return region


def expected_account(account: str | None) -> str:
    """Return the account in ``--account-id``.

    Raises:
        StackError: the option is missing, or is no account id.
    """
    if not account:
        raise StackError(
            "--target aws needs the account that it may change. Pass --account-id 123456789012 or set STACK_ACCOUNT_ID."
        )
    if not ACCOUNT.fullmatch(account):
        raise StackError(f"The account id {account!r} must have twelve digits.")
    return account


def check_account(sts: Any, expected: str) -> None:
    """Check that the credentials belong to the account ``expected``.

    Raises:
        StackError: they are missing, expired or of another account, or AWS cannot be reached.
    """
    try:
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"{_advice(error)} Nothing was changed.") from error
    if account != expected:
        raise StackError(f"These credentials belong to account {account}, not {expected}. Nothing was changed.")


def _advice(error: BotoCoreError | ClientError) -> str:
    """A sentence for credentials that do not work, without AWS's message, which may quote the request."""
    if isinstance(error, ClientError):
        if code(error) in EXPIRED:
            return "These AWS credentials have expired. Log in again, then repeat."
        return f"AWS refuses these credentials ({code(error)}). Log in again, or choose another AWS_PROFILE."
    for types, sentence in ADVICE:
        if isinstance(error, types):
            return sentence.format(error)
    return f"Cannot use the AWS credentials ({type(error).__name__}): {error}."


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(environment):
        if name.startswith("AWS_ENDPOINT_URL") and environment[name]:
            yield name, environment[name]


def _from_profile(session: boto3.Session) -> Iterator[tuple[str, str]]:
    """The endpoints in the configuration file: for all services, and for single services in their own section."""
    core = session._session  # noqa: SLF001 (boto3 does not show the configuration file)
    profile = core.get_scoped_config()
    if url := profile.get("endpoint_url"):
        yield f"endpoint_url of profile {session.profile_name!r}", url
    services = core.full_config.get("services", {}).get(profile.get("services"), {})
    for service, settings in services.items():
        if isinstance(settings, Mapping) and (url := settings.get("endpoint_url")):
            yield f"endpoint_url of {service}, of profile {session.profile_name!r},", url


def _offers(session: boto3.Session, region: str, service: str) -> bool:
    """Return whether boto3 knows the service in the region; a global service, such as IAM, is everywhere."""
    regions = session.get_available_regions(service)
    return not regions or region in regions


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)
