"""The verbs of the ``stack`` command: their options, their help, and where the code of each is.

A verb's code is imported when the verb runs, so that ``--help`` and completion answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from stack.cli import values
from stack.cli.options import Options, addresses, common, option, password, switch

EPILOG = """\b
Each option has an environment variable, STACK_<OPTION>; the option wins over it.
Exit codes: 0 done or nothing to do, 1 failed, 2 differences found, 130 interrupted.
Completion in bash (also zsh_source, fish_source):
  eval "$(_STACK_COMPLETE=bash_source stack)"
"""


class Verb(click.Command):
    """A command whose code, ``module:function``, returns the exit code.

    The function takes a ``Context``, or ``Options`` where ``target`` is false.
    """

    def __init__(self, name: str, code: str, text: str, *parameters: click.Parameter, target: bool = True) -> None:
        self.code, self.own, self.target = code, parameters, target
        super().__init__(name, params=[*parameters, *common()], help=text, short_help=text.partition("\n")[0])

    def invoke(self, ctx: click.Context) -> int:
        from stack.cli.execution import execute

        return execute(self.code, Options.of(ctx), target=self.target)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; an error names this verb, which Click leaves out where a value is missing."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verb's own options before those that every verb has."""
        params = self.get_params(ctx)
        own = [each for each in params if each in self.own]
        for title, of in (("Options", own), ("Common options", [each for each in params if each not in own])):
            rows = [row for each in of if (row := each.get_help_record(ctx))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Verbs(click.Group):
    """A command whose verbs stand in sections, each in the order of its declaration."""

    def __init__(
        self,
        name: str,
        text: str,
        sections: Mapping[str, Sequence[click.Command]],
        *,
        epilog: str | None = None,
        parameters: Sequence[click.Parameter] = (),
    ) -> None:
        verbs = {str(each.name): each for of in sections.values() for each in of}
        super().__init__(name, verbs, help=text, short_help=text, epilog=epilog, params=list(parameters))
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (Click's signature)
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; of an unknown one suggest only the most similar."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            nearest = (error.possibilities or [])[:1]
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=nearest, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (Click's)
        width = max(map(len, self.commands))
        for title, verbs in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(str(each.name).ljust(width), each.short_help or "") for each in verbs])


def _up() -> Verb:
    return Verb(
        "up",
        "stack.cli.run_commands:up",
        "Start the emulator, apply, load demo data.\n\n"
        "Returns when the whole stack works, and shows its addresses and the demo login. "
        "With --foreground it stays: then it ends, and stops the emulator, on Ctrl-C or SIGTERM.",
        switch("--foreground", "Stay, and follow the log of the emulator."),
        switch("--watch", "With --foreground: apply when a file in handlers/ changes."),
        option("--host", "Address to listen on.", type=values.host, metavar="HOST"),
        switch("--seed", "Load demo data."),
        switch("--fresh", "Delete all local data first."),
        switch("--stock", "Run MiniStack without this project's patches."),
    )


def _planning(name: str, text: str) -> Verb:
    return Verb(
        name,
        f"stack.cli.plan_commands:{name}",
        text,
        addresses("--replace", "Allow to replace a resource that holds data; its data is lost."),
        addresses("--delete", "Allow to delete a resource that holds data; its data is lost."),
    )


def _destroy() -> Verb:
    return Verb(
        "destroy",
        "stack.cli.plan_commands:destroy",
        "Delete the stack; data is kept unless --delete or --all.",
        addresses("--delete", "Delete also this resource that holds data."),
        switch("--all", "Delete also every resource that holds data."),
        option("--confirm", "On aws: the name of the stack, to confirm.", metavar="STACK"),
    )


def _seed() -> Verb:
    return Verb(
        "seed",
        "stack.cli.run_commands:seed",
        "Load demo data.",
        option("--users", "Number of demo users.", type=values.Number(1)),
        option("--months", "Whole months of spending of each user, before this month.", type=values.Number(1)),
        option("--scale", "Factor by which a user has more expenses.", type=values.Number(1)),
    )


def _logs() -> Verb:
    return Verb(
        "logs",
        "stack.cli.read_commands:logs",
        "Print the log events of the functions.\n\n"
        "Prints those of the last hour, oldest first. FUNCTION is one or more of the functions; all by default.",
        click.Argument(["functions"], nargs=-1, metavar="[FUNCTION]..."),
        switch("--follow", "Go on printing new events, until Ctrl-C."),
    )


def _invoke() -> Verb:
    return Verb(
        "invoke",
        "stack.cli.read_commands:invoke",
        "Call a function with an event and print its answer.",
        click.Argument(["function"], metavar="FUNCTION"),
        option(
            "--event",
            "File with the event, as JSON.",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            required=True,
            metavar="FILE",
        ),
    )


def _mail() -> Verb:
    return Verb(
        "mail",
        "stack.cli.user_commands:mail",
        "Print the messages that the local user pool sent.\n\n"
        "Only the target local keeps them. EMAIL limits the list to one recipient.",
        click.Argument(["email"], required=False, metavar="[EMAIL]"),
    )


def _user() -> Verbs:
    def action(name: str, text: str, *parameters: click.Parameter) -> Verb:
        return Verb(name, f"stack.cli.user_commands:user_{name}", text, *parameters)

    def address() -> click.Argument:
        return click.Argument(["email"], type=values.email, metavar="EMAIL")

    actions = (
        action("list", "List all users."),
        action(
            "add",
            "Make a user who can sign in, and print the password.\n\n"
            "A user who already has a password keeps it. Without --password one is generated.",
            address(),
            password("Password of the user. It also replaces that of a user who has not confirmed the sign-up."),
        ),
        action(
            "token",
            "Sign in and print an ID token.",
            address(),
            password("Password of the user; known for the demo users."),
            option("--code", "Code of the user's authenticator app.", type=values.totp_code, metavar="CODE"),
        ),
        action(
            "delete",
            "Erase an account and all of its data.\n\nEMAIL may also be the sub of a user who was deleted in Cognito.",
            click.Argument(["email"], metavar="EMAIL"),
            option("--confirm", "On aws: the same EMAIL again, to confirm.", metavar="EMAIL"),
        ),
    )
    return Verbs("user", "Manage users: list, add, token, delete.", {"Actions": actions}, parameters=common())


def stack() -> Verbs:
    """The ``stack`` command with all verbs."""
    return Verbs(
        "stack",
        "Run, provision and inspect the expense tracker, on this machine and on AWS.",
        {
            "Run on this machine": (
                _up(),
                Verb("down", "stack.cli.down:down", "Stop the emulator; its data stays.", target=False),
                Verb(
                    "watch",
                    "stack.cli.run_commands:watch",
                    "Apply, and again when a file in handlers/ changes.",
                ),
            ),
            "Provision": (
                _planning("plan", "Show what apply would do; reads only."),
                _planning("apply", "Bring the target to the declared topology."),
                Verb("drift", "stack.cli.plan_commands:drift", "Show what differs from the topology; reads only."),
                _destroy(),
                Verb("policy", "stack.cli.plan_commands:policy", "Print the IAM policy that apply and destroy need."),
            ),
            "Inspect": (
                Verb("outputs", "stack.cli.read_commands:outputs", "Show addresses, names and ids."),
                Verb(
                    "status",
                    "stack.cli.plan_commands:status",
                    "Show each resource, and how the target differs from AWS.",
                ),
                Verb(
                    "verify",
                    "stack.cli.read_commands:verify",
                    "Check that roll-ups match rows, and receipts match files.",
                ),
                _logs(),
                _invoke(),
            ),
            "Data and users": (_seed(), _user(), _mail()),
        },
        epilog=EPILOG,
    )
