"""The options of every verb. Each has one environment variable, ``STACK_<OPTION>``; the command line wins over it."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from stack.cli import values
from stack.target.target_kind import SELECTABLE


@dataclass(frozen=True)
class Options:
    """The options of one run. An option that the verb does not have keeps its default."""

    verb: str
    home: Path
    target: str = "local"
    endpoint_url: str | None = None
    name: str = "expenses"
    region: str | None = None
    account_id: str | None = None
    port: int | None = None
    web_origin: str | None = None
    email_from: str | None = None
    email_arn: str | None = None
    alarm_email: str | None = None
    json: bool = False
    foreground: bool = False
    watch: bool = False
    host: str = "127.0.0.1"
    seed: bool = True
    fresh: bool = False
    stock: bool = False
    replace: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    all: bool = False
    confirm: str | None = None
    create_account_role: bool = False
    users: int = 1
    months: int = 12
    scale: int = 1
    functions: tuple[str, ...] = ()
    follow: bool = False
    since: dt.datetime | None = None
    errors: bool = False
    route: str | None = None
    request: str | None = None
    function: str | None = None
    event: Path | None = None
    email: str | None = None
    password: str | None = None
    code: str | None = None
    html: Path | None = None
    png: Path | None = None
    alarm: str | None = None

    @classmethod
    def of(cls, context: click.Context) -> Options:
        """Return the options of the verb that ``context`` is about to run.

        An option on the command line between ``user`` and its action counts as one after the action.
        """
        found = dict(context.params)
        if context.parent:
            above = {name: value for name, value in context.parent.params.items() if _is_typed(context.parent, name)}
            found |= {name: value for name, value in above.items() if not _is_typed(context, name)}
        known = {each.name for each in fields(cls)}
        given = {name: value for name, value in found.items() if name in known and value is not None}
        return cls(verb=verb_of(context), **given)


class Switch(click.Option):
    """A switch that ``--no-…`` undoes. ``STACK_NO_<OPTION>`` undoes it as well, where the switch is on by default."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        negative = f"STACK_NO_{str(self.name).upper()}"
        if negative in (self.envvar or ()) and (value := os.environ.get(negative)):
            return str(not self.type.convert(value, self, ctx))
        return super().resolve_envvar_value(ctx)


def option(flag: str, text: str, **settings: Any) -> click.Option:
    """An option with a value; its default is that of ``Options``."""
    name = flag.removeprefix("--").replace("-", "_")
    if (default := getattr(Options, name, None)) is not None:  # to Click None is a value, too
        settings = {"default": default, **settings}
    settings = {"show_default": True, **settings}
    return click.Option([flag], envvar=f"STACK_{name.upper()}", show_envvar=True, help=text, **settings)


def switch(flag: str, text: str) -> click.Option:
    """A switch, ``--flag/--no-flag``."""
    name = flag.removeprefix("--").replace("-", "_")
    default = getattr(Options, name)
    variables = [f"STACK_{name.upper()}", *([f"STACK_NO_{name.upper()}"] if default else [])]
    return Switch(
        [f"{flag}/--no-{flag.removeprefix('--')}"],
        type=values.OnOff(),
        envvar=variables,
        show_envvar=True,
        default=default,
        show_default=True,
        help=text,
    )


def addresses(flag: str, text: str) -> click.Option:
    """An option with an address of the topology, which can be given several times."""
    text = f"{text} Can be given several times; separate addresses by spaces in the variable."
    return option(flag, text, multiple=True, metavar="ADDRESS", show_default=False)


def password(text: str) -> click.Option:
    """``--password``; with ``=`` it may begin with a hyphen."""
    return option("--password", text, type=values.password, metavar="PASSWORD")


def common() -> list[click.Parameter]:
    """The options that every verb has."""
    return [
        option("--target", "Kind of the target.", type=click.Choice([each.value for each in SELECTABLE])),
        option(
            "--endpoint-url", "URL of the target; on local the emulator of the home.",
            type=values.endpoint_url, metavar="URL",
        ),
        option("--name", "Name of the stack.", type=values.stack_name, metavar="STACK"),
        option(
            "--region", "AWS region; us-east-1 on an emulator, the region of the AWS profile on aws.",
            type=values.region, metavar="REGION",
        ),
        option(
            "--account-id", "On aws: the only account that the command may touch.",
            type=values.account_id, metavar="ID",
        ),
        option(
            "--port", "Port of the embedded emulator; 0 chooses a free one.",
            type=values.Number(0, 65535), show_default="4566",
        ),
        option(
            "--home", "Folder of the emulator's data and log.",
            type=values.Folder(), default=_default_home, show_default=".stack in the project", metavar="FOLDER",
        ),
        option(
            "--web-origin", "Origin of the web client, which the API and the receipts bucket allow (CORS).",
            type=values.origin, metavar="ORIGIN", show_default="the endpoint URL",
        ),
        option(
            "--email-from", "Sender of the user pool's e-mail, through SES; without it the pool keeps its sender.",
            type=values.email, metavar="EMAIL",
        ),
        option(
            "--email-arn", "ARN of the sender's identity in SES, an address or a domain.",
            type=values.identity, metavar="ARN",
        ),
        option(
            "--alarm-email", "Address that gets the alarms; without it a former one is unsubscribed.",
            type=values.email, metavar="EMAIL",
        ),
        switch("--json", "Print the result as JSON."),
    ]  # fmt: skip


def verb_of(context: click.Context) -> str:
    """The verb without the command's name: ``apply``, ``user add``."""
    return context.command_path.partition(" ")[2]


def _default_home() -> Path:
    from stack.local import default_home

    return default_home()


def _is_typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
