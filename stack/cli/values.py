"""The checks of option values, made before anything starts. The layers below repeat those that protect a target."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from collections.abc import Callable

HTTP_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?", re.IGNORECASE | re.ASCII)


class Number(click.IntRange):
    """A whole number within bounds."""

    name = "number"


class OnOff(click.types.BoolParamType):
    """The value of a switch's variable: 1, 0, and the words that mean the same."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        try:
            return bool(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(f"{value!r} is not 1 or 0.", param, ctx)


class Folder(click.Path):
    """A folder, which need not exist, as an absolute path."""

    def __init__(self) -> None:
        super().__init__(file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return Path(str(super().convert(value, param, ctx))).absolute()


def matching(pattern: str, rule: str) -> Callable[[str], str]:
    """Return a check that the whole value matches ``pattern``; ``rule`` says so in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise click.BadParameter(f"{text!r} is not {rule}.")
        return text

    return check


stack_name = matching(
    r"[a-z][a-z0-9-]{0,19}", "1 to 20 lower-case letters, digits and hyphens, beginning with a letter"
)
account_id = matching(r"[0-9]{12}", "an account id of twelve digits")
region = matching(r"[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}", "the code of an AWS region, such as eu-central-1")
identity = matching(r"arn:aws:ses:[a-z0-9-]+:[0-9]{12}:identity/\S+", "the ARN of an identity in SES")
email = matching(r"[^@\s]+@[^@\s]+", "an e-mail address")
request_id = matching(r"[0-9A-Za-z_-]{1,64}", "the id of a request: the `instance` of a problem has one")
totp_code = matching(r"[0-9]{6}", "the six digits that the authenticator app shows")


def moment(text: str) -> dt.datetime:
    """Return a time in the past, written as a span before now (``90s``, ``10m``, ``2h``, ``1d``) or in RFC 3339."""
    now = dt.datetime.now(dt.UTC)
    try:
        if span := re.fullmatch(r"([0-9]+)([smhd])", text, re.ASCII):
            return now - dt.timedelta(**{UNITS[span[2]]: int(span[1])})
        found = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", text, re.ASCII):
        raise click.BadParameter(
            f"Cannot read {text!r} as a time: write a span such as 90s, 10m, 2h or 1d, or a time such as "
            "2026-11-28T10:00:00Z."
        )
    if found.tzinfo is None:
        raise click.BadParameter(f"Cannot read {text!r} as a time: it has no offset. Write {text}Z for UTC.")
    if found > now:
        raise click.BadParameter(f"Cannot read the time {text!r}: it lies in the future.")
    return found


def password(text: str) -> str:
    """Return a password that is not empty; the user pool checks the rest."""
    if not text:
        raise click.BadParameter("the password is empty.")
    return text


def host(text: str) -> str:
    """Return an IPv4 address or a host name to listen on."""
    if not HOST_NAME.fullmatch(text):
        raise click.BadParameter(f"{text!r} is not an IPv4 address or a host name.")
    return text


def endpoint_url(text: str) -> str:
    """Return an http or https URL, without a slash at its end."""
    try:
        url = urlsplit(text)
        wrong = url.scheme not in HTTP_PORTS or not url.hostname or url.port == 0
    except ValueError:
        wrong = True
    if wrong or url.username is not None or url.query or url.fragment or re.search(r"[\s\x00-\x1f]", text):
        raise click.BadParameter(f"{text!r} is not an http or https URL, such as http://127.0.0.1:4566.")
    return text.rstrip("/")


def origin(text: str) -> str:
    """Return one origin as a browser sends it: in lower case and without its scheme's own port (RFC 6454, 6.2)."""
    found = ORIGIN.fullmatch(text)
    scheme, name, port = (found[1].lower(), found[2].lower(), int(found[3] or 0)) if found else ("", "", 0)
    if not found or not _is_host(name) or port > 65535 or (found[3] and not port):  # noqa: PLR2004
        raise click.BadParameter(
            f"{text!r} is not one origin, such as https://app.example.com or http://localhost:5173."
        )
    if scheme == "http" and not _is_loopback(name):
        raise click.BadParameter(f"{text!r} is not encrypted: use https, or http with a loopback host.")
    return f"{scheme}://{name}" if port in {0, HTTP_PORTS[scheme]} else f"{scheme}://{name}:{port}"


def _is_host(name: str) -> bool:
    if not name.startswith("["):
        return bool(HOST_NAME.fullmatch(name))
    return _address(name) is not None


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
