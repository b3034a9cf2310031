"""The ``stack`` command: one verb each. Exit 0: nothing to do, or done; 2: differences found; 1: failure.

Every option is also an environment variable, ``STACK_<OPTION>``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from stack.cli import account_commands, commands, plan_commands
from stack.cli.context import FAILED, INTERRUPTED, OK, Context
from stack.errors import StackError, explain
from stack.local import EmulatorError, default_home
from stack.target.target_kind import SELECTABLE


class Parser(argparse.ArgumentParser):
    """Exits 1 on a wrong command line: 2 means that differences were found."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    options = parser().parse_args(arguments)
    verb: Callable[[Context], int] = options.run
    try:
        with explain(f"{options.verb} could not go on"):
            return verb(Context(options))
    except (StackError, EmulatorError) as error:
        print(f"stack {options.verb}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as stop:
        told = f": {stop}" if str(stop) else ""
        print(f"\nstack {options.verb}: interrupted{told}. Run it again: it goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def parser() -> argparse.ArgumentParser:
    """All verbs and options."""
    top = Parser(prog="stack", description="The expense tracker's topology, here and on AWS.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    common = _common()

    def verb(name: str, run: Callable[[Context], int], text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text, parents=[common])
        made.set_defaults(run=run)
        return made

    up = verb("up", commands.up, "start the emulator, provision, load the demo data; return when all of it works")
    up.add_argument("--foreground", action="store_true", help="stay, and follow the emulator's log")
    up.add_argument("--watch", action="store_true", default=_flag("WATCH"), help="while staying, redeploy on change")
    up.add_argument("--host", default=_variable("HOST") or "127.0.0.1", help="to listen on; 0.0.0.0 in a container")
    up.add_argument("--no-seed", action="store_true", default=_flag("NO_SEED"), help="load no demo data")
    up.add_argument("--fresh", action="store_true", help="forget all local data first")
    up.add_argument("--stock", action="store_true", default=_flag("STOCK"), help="run MiniStack without our patches")
    verb("down", commands.down, "stop the emulator; the data stays")
    for each in (
        verb("plan", plan_commands.plan, "show what apply would do; reads only"),
        verb("apply", plan_commands.apply, "bring the target to the declared topology"),
    ):
        _losing(each)
    verb("drift", plan_commands.drift, "show what is not as declared; reads only")
    destroy = verb("destroy", plan_commands.destroy, "delete what is ours; what holds data only when told")
    destroy.add_argument("--delete", action="append", default=[], metavar="ADDRESS", help="also this one's data")
    destroy.add_argument("--all", action="store_true", help="also everything that holds data")
    destroy.add_argument("--confirm", default=_variable("CONFIRM"), metavar="STACK", help="on aws: the stack's name")
    verb("watch", commands.watch, "apply, and again whenever a file of the handlers changes")
    verb("outputs", commands.outputs, "where everything is")
    verb(
        "policy",
        plan_commands.policy,
        "the least that a deployer of this stack must be allowed, as JSON",
    )
    verb("status", plan_commands.status, "each resource, its health, and what this target does not enforce")
    verb("verify", commands.verify, "prove that roll-ups and rows agree")
    seed = verb("seed", commands.seed, "load demo data")
    seed.add_argument("--users", type=int, default=_variable("USERS") or 1)
    seed.add_argument("--months", type=int, default=_variable("MONTHS") or 12)
    seed.add_argument("--scale", type=int, default=_variable("SCALE") or 1)
    logs = verb("logs", commands.logs, "print what the functions logged")
    logs.add_argument("functions", nargs="*", metavar="FUNCTION")
    logs.add_argument("--follow", action="store_true")
    invoke = verb("invoke", commands.invoke, "call one function with an event")
    invoke.add_argument("function", metavar="FUNCTION")
    invoke.add_argument("--event", required=True, type=Path, metavar="FILE")
    _user(verbs, common)
    mail = verb("mail", account_commands.mail, "the codes and messages that the local target would have mailed")
    mail.add_argument("email", nargs="?", metavar="EMAIL", help="only what was sent to this address")
    return top


def _user(verbs: argparse._SubParsersAction[Parser], common: Parser) -> None:
    text = "users for development: make one, list them, get a token, delete one"
    actions = verbs.add_parser("user", help=text, description=text).add_subparsers(required=True, metavar="ACTION")

    def action(name: str, run: Callable[[Context], int], text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, parents=[common])
        made.set_defaults(run=run)
        return made

    action("list", account_commands.user_list, "everybody who has signed up")
    add = action("add", account_commands.user_add, "make a user who can sign in at once, and print the password")
    token = action("token", account_commands.user_token, "log in and print an ID token, for curl")
    token.add_argument("--code", help="of the authenticator app, where one is asked for")
    delete = action("delete", account_commands.user_delete, "erase an account and all that is in it")
    delete.add_argument("--confirm", default=_variable("CONFIRM"), metavar="EMAIL", help="on aws: the address again")
    delete.add_argument("email", metavar="EMAIL", help="or the sub of somebody whose login is gone")
    for each in (add, token):
        each.add_argument("email", metavar="EMAIL")
        each.add_argument("--password", default=_variable("PASSWORD"))


def _common() -> Parser:
    common = Parser(add_help=False)
    group = common.add_argument_group("where")
    group.add_argument("--target", choices=[str(each) for each in SELECTABLE], default=_variable("TARGET") or "local")
    group.add_argument(
        "--endpoint-url", default=_variable("ENDPOINT_URL"), help="default on local: the home's emulator"
    )
    group.add_argument("--name", default=_variable("NAME") or "expenses", metavar="STACK")
    group.add_argument("--region", default=_variable("REGION"))
    group.add_argument("--account-id", default=_variable("ACCOUNT_ID"), help="on aws: the account that may be touched")
    group.add_argument("--port", type=int, default=_variable("PORT"), help="of the embedded emulator, 4566 by default")
    group.add_argument("--home", type=Path, default=default_home(), help="where a run leaves its things; .stack")
    group.add_argument("--web-origin", default=_variable("WEB_ORIGIN"), help="the origin of the web client")
    common.add_argument("--json", action="store_true", default=_flag("JSON"))
    return common


def _losing(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--replace", action="append", default=[], metavar="ADDRESS", help="replace it, data and all")
    verb.add_argument("--delete", action="append", default=[], metavar="ADDRESS", help="delete it, data and all")


def _variable(option: str) -> str | None:
    return os.environ.get(f"STACK_{option}") or None


def _flag(option: str) -> bool:
    return (_variable(option) or "0").lower() not in {"0", "false", "no"}
