"""The verbs of the ``stack`` command: their options, their help, and where the code of each is."""

from __future__ import annotations

from pathlib import Path

import click

from stack.cli import values
from stack.cli.options import addresses, common, option, password, switch
from stack.cli.verb import Verb, Verbs

EPILOG = """\b
Each option has an environment variable, STACK_<OPTION>; the option wins over it.
Exit codes: 0 done or nothing to do, 1 failed, 2 differences found, 130 interrupted.
Completion in bash (also zsh_source, fish_source):
  eval "$(_STACK_COMPLETE=bash_source stack)"
"""


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


def _planning(name: str, text: str, *more: click.Parameter) -> Verb:
    return Verb(
        name,
        f"stack.cli.plan_commands:{name}",
        text,
        addresses("--replace", "Allow to replace a resource that holds data; its data is lost."),
        addresses("--delete", "Allow to delete a resource that holds data; its data is lost."),
        *more,
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
        "stack.cli.log_commands:logs",
        "Print the log of API Gateway and the functions.\n\n"
        "All lines are merged by time, the oldest first. The text leaves out metrics and Lambda's own lines about a "
        "start and an end; --json has every event, one in a line. --request follows one request through API "
        "Gateway, its function with each call of AWS, and the functions that ran because of it. "
        "On aws, --request, --errors and --route ask Logs Insights, which costs money by the bytes that it scans.",
        click.Argument(["functions"], nargs=-1, metavar="[FUNCTION | api]...", help="Default: api and all functions."),
        switch("--follow", "Go on printing new lines, until Ctrl-C."),
        _since("1h; 1d with --request"),
        switch("--errors", "Only failures."),
        option("--route", "Only this route: an operation, a path, or METHOD and path.", metavar="ROUTE"),
        option("--request", "Only this request, the `instance` of a problem.", type=values.request_id, metavar="ID"),
    )


def _since(default: str) -> click.Option:
    text = "Begin of the time: 90s, 10m, 2h, 1d ago, or 2026-11-28T10:00:00Z."
    return option("--since", text, type=values.moment, metavar="TIME", show_default=default)


def _dashboard() -> Verb:
    def file(flag: str, text: str) -> click.Option:
        return option(flag, text, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")

    return Verb(
        "dashboard",
        "stack.cli.dashboard_command:dashboard",
        "Show traffic, latency, errors, alarms and costs.\n\n"
        "On aws it opens the dashboard in CloudWatch's console; elsewhere it draws the same dashboard, and shows new "
        "values until Ctrl-C.",
        file("--html", "Write the page into a file instead."),
        file("--png", "Write a picture into a file instead."),
        _since("1h"),
    )


def _invoke() -> Verb:
    return Verb(
        "invoke",
        "stack.cli.read_commands:invoke",
        "Call a function with an event and print its answer.",
        click.Argument(["function"], metavar="FUNCTION", help="As `stack outputs` names it."),
        option(
            "--event",
            "File with the event, as JSON.",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            required=True,
            metavar="FILE",
        ),
    )


def _drill() -> Verb:
    return Verb(
        "drill",
        "stack.cli.drill_command:run",
        "Fire an alarm for real, and wait for its recovery.\n\n"
        "A drill breaks something, waits until the notification arrives at a subscriber, repairs it, and tells the "
        "times. `stack apply` repairs a drill that was broken off.",
        click.Argument(["alarm"], metavar="ALARM", help="Name of an alarm, or all."),
        option("--confirm", "On aws: the name of the stack, to confirm.", metavar="STACK"),
    )


def _mail() -> Verb:
    return Verb(
        "mail",
        "stack.cli.user_commands:mail",
        "Print the messages that the local user pool sent.",
        click.Argument(["email"], required=False, metavar="[EMAIL]", help="Show only messages to this address."),
    )


def _user() -> Verbs:
    def action(name: str, text: str, *parameters: click.Parameter) -> Verb:
        return Verb(name, f"stack.cli.user_commands:user_{name}", text, *parameters)

    def address() -> click.Argument:
        return click.Argument(["email"], type=values.email, metavar="EMAIL", help="Address to sign in with.")

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
            password("Password of the user. The demo user needs none."),
            option("--code", "Code of the user's authenticator app.", type=values.totp_code, metavar="CODE"),
        ),
        action(
            "delete",
            "Erase an account and all of its data.",
            click.Argument(["email"], metavar="EMAIL", help="Address, or the sub of a user deleted in Cognito."),
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
                _planning(
                    "apply",
                    "Bring the target to the declared topology.",
                    switch("--create-account-role", "On aws: make the account's role for API Gateway's logs."),
                ),
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
                _dashboard(),
                _invoke(),
                _drill(),
            ),
            "Data and users": (_seed(), _user(), _mail()),
        },
        epilog=EPILOG,
    )
