"""What keeps a run on the target it was meant for. Each guard is one sentence, before anything is written.

before the first call   an endpoint that is configured somewhere and is not Amazon's; a region that lacks a service;
                        no credentials, expired ones, or those of another account
at every request        ``keep_to``: the host is the target's own, whatever a redirect, a virtual host or a setting
                        of the user's machine made of it
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from stack.errors import StackError, code

SERVICES = ("apigateway", "cloudwatch", "cognito-idp", "dynamodb", "lambda", "logs", "s3", "sns", "sqs", "sts")
"""Every regional service a stack is made of. IAM is everywhere."""
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
        "there are no AWS credentials: log in (aws login, aws sso login), or set AWS_PROFILE",
    ),
    (exceptions.PartialCredentialsError, "the AWS credentials are incomplete: {}"),
    (LOGGED_OUT, "the AWS login has expired: log in again (aws login, aws sso login), then repeat"),
    (
        (exceptions.ConnectionError, exceptions.HTTPClientError),
        "AWS cannot be reached to ask whose credentials these are: {}",
    ),
)


def is_amazon(url: str) -> bool:
    """Whether a request to ``url`` would leave for Amazon."""
    return f".{_host(url)}".endswith(AMAZON)


def keep_to(endpoint_url: str | None) -> Callable[..., None]:
    """A handler of botocore's ``before-send``: it lets requests through to ``endpoint_url`` and to nobody else.

    None stands for Amazon, and for https. The handler raises StackError, and the request is not sent.
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
            raise StackError(f"a request was about to go to {url.scheme}://{url.netloc}, not to {where}: not sent")

    return guard


def check_overrides(session: boto3.Session, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a target ``aws`` whose calls the environment or the profile would send elsewhere.

    Raises:
        StackError: such an override, by its name and value.
    """
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return
    for where, url in (*_from_environment(environment), *_from_profile(session)):
        if not is_amazon(url):
            raise StackError(
                f"--target aws, but {where} sends calls to {_without_password(url)}: "
                "unset it, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true; nothing was touched"
            )


def check_region(session: boto3.Session) -> str:
    """Return the session's region, in which every service of ours exists.

    Raises:
        StackError: no region, an unknown one, one of another partition, or one without a service.
    """
    region = session.region_name
    if not region:
        raise StackError("no region: say --region, or set AWS_REGION or a profile that has one")
    try:
        partition = session.get_partition_for_region(region)
    except exceptions.UnknownRegionError as error:
        raise StackError(f"there is no AWS region {region!r}: say --region, for example eu-central-1") from error
    if partition != "aws":
        raise StackError(f"region {region} is of {partition}, whose ARNs this stack does not spell: use another")
    if missing := [service for service in SERVICES if region not in session.get_available_regions(service)]:
        raise StackError(f"region {region} does not offer {', '.join(missing)}, as far as boto3 knows: use another")
    return region


def expected_account(account: str | None) -> str:
    """Return the account that was named.

    Raises:
        StackError: none was, or it is no account's number.
    """
    if not account:
        raise StackError("--target aws needs the account it may touch: --account-id 123456789012 (or STACK_ACCOUNT_ID)")
    if not ACCOUNT.fullmatch(account):
        raise StackError(f"the account {account!r} must be its twelve digits")
    return account


def check_account(sts: Any, expected: str) -> None:
    """Ask AWS whose credentials these are.

    Raises:
        StackError: there are none, they have expired or are of another account, or AWS cannot be reached.
    """
    try:
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"{_why(error)}; nothing was touched") from error
    if account != expected:
        raise StackError(f"these credentials are of account {account}, not {expected}: nothing was touched")


def _why(error: BotoCoreError | ClientError) -> str:
    """What to do about credentials that do not work. AWS's own words are left out: they may quote the request."""
    if isinstance(error, ClientError):
        if code(error) in EXPIRED:
            return "these AWS credentials have expired: log in again, then repeat"
        return f"AWS does not accept these credentials ({code(error)}): log in again, or choose another AWS_PROFILE"
    for types, sentence in ADVICE:
        if isinstance(error, types):
            return sentence.format(error)
    return f"the AWS credentials cannot be used ({type(error).__name__}): {error}"


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(environment):
        if name.startswith("AWS_ENDPOINT_URL") and environment[name]:
            yield name, environment[name]


def _from_profile(session: boto3.Session) -> Iterator[tuple[str, str]]:
    """The overrides of the configuration file: for all services, and by service in a section of its own."""
    core = session._session  # noqa: SLF001 (boto3 does not show the configuration file)
    profile = core.get_scoped_config()
    if url := profile.get("endpoint_url"):
        yield f"endpoint_url of profile {session.profile_name!r}", url
    services = core.full_config.get("services", {}).get(profile.get("services"), {})
    for service, settings in services.items():
        if isinstance(settings, Mapping) and (url := settings.get("endpoint_url")):
            yield f"endpoint_url of {service}, of profile {session.profile_name!r},", url


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)
