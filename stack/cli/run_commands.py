"""The verbs that run a stack on this machine, and ``seed``."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Mapping
from typing import Any

from stack.cli import plan_commands
from stack.cli.codes import FAILED, OK
from stack.cli.context import Context
from stack.cli.down import down
from stack.cli.printing import say, table
from stack.cli.screen import waiting
from stack.errors import StackError
from stack.local import DEFAULT_PORT, Running, emulator_start, snapshot
from stack.target.target_kind import TargetKind


def up(context: Context) -> int:
    """Start the emulator unless it runs, apply, load the demo data, and show the addresses and the demo login."""
    options, start = context.options, time.monotonic()
    if options.target != TargetKind.LOCAL:
        raise StackError(
            f"Cannot start the target {options.target}: `stack up` starts the embedded emulator only. "
            "Run `stack apply` and `stack seed`."
        )
    if options.foreground:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # how a container engine stops a container
    with waiting("Starting the emulator"):
        running = emulator_start(
            options.home,
            DEFAULT_PORT if options.port is None else options.port,
            host=options.host,
            stock=options.stock,
            fresh=options.fresh,
            region=options.region,
            say=say,
        )
    say(f"emulator {'already runs' if running.reused else 'started'} at {running.endpoint_url}")
    if options.foreground:
        return _stay(context, running, start)
    return _fill(context, running, start)


def watch(context: Context) -> int:
    """Apply now, and again when a file of the handlers changes."""
    from stack.local.watch import redeploy_on_change

    if failed := plan_commands.apply(context):
        return failed
    say("watching handlers/; press Ctrl-C to end")
    redeploy_on_change(context.apply_arguments(), say)
    return OK


def seed(context: Context) -> int:
    """Load the demo data."""
    _seed(context, context.document("table_name", "user_pool_id"))
    return OK


def _fill(context: Context, running: Running, start: float) -> int:
    """Provision and seed a running emulator, declare it ready, and show the addresses and the demo login."""
    from stack.local.health import declare_ready

    options = context.options
    report = plan_commands.bring(context)
    if report.failed:
        return FAILED
    document = context.document_of(report.outputs)
    if options.seed:
        _seed(context, document)
    if running.stock:
        say("without this project's patches MiniStack saves its state only when it stops")
    elif report.outcomes or not running.reused:
        snapshot(options.home)
    declare_ready(running.endpoint_url)
    say(f"ready in {time.monotonic() - start:.1f} s\n")
    print(json.dumps(document, indent=2) if options.json else _welcome(document), flush=True)
    return OK


def _stay(context: Context, running: Running, start: float) -> int:
    """Fill the emulator and follow its log until a signal comes; stop it however this ends."""
    from stack.local.follow import stay
    from stack.local.watch import redeploying

    try:
        if failed := _fill(context, running, start):
            return failed
        with redeploying(context.apply_arguments(), say) if context.options.watch else contextlib.nullcontext():
            stay(running)
    except KeyboardInterrupt:
        say("received a signal; stopping")
    finally:
        down(context.options)
    return OK


def _seed(context: Context, document: Mapping[str, Any]) -> None:
    from seed.load import load_demo

    options, target = context.options, context.target
    with waiting("Loading demo data"):
        load_demo(
            target.session,
            target.endpoint_url,
            document,
            users=options.users,
            months=options.months,
            scale=options.scale,
            say=say,
        )


def _welcome(document: Mapping[str, Any]) -> str:
    """The addresses, the demo login, and two lines to paste into a shell."""
    login = document["demo"]
    rows = (
        ("API", document["api_url"]),
        ("Docs", document["docs_url"]),
        ("Demo e-mail", login["email"]),
        ("Password", login["password"]),
    )
    return f"{table(rows)}\n\nTry it:\n{_login(document)}\n{_first_call(document)}"


def _login(document: Mapping[str, Any]) -> str:
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": document["user_pool_client_id"],
        "AuthParameters": {"USERNAME": document["demo"]["email"], "PASSWORD": document["demo"]["password"]},
    }
    return (
        f"  TOKEN=$(curl -s {document['endpoint_url']}/ -H 'Content-Type: application/x-amz-json-1.1'"
        " -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth'"
        f' -d \'{json.dumps(body)}\' | sed \'s/.*"IdToken": *"\\([^"]*\\)".*/\\1/\')'
    )


def _first_call(document: Mapping[str, Any]) -> str:
    return f"  curl -s '{document['api_url']}/expenses?limit=3' -H \"Authorization: Bearer $TOKEN\""
