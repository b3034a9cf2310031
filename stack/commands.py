"""The verbs that run a stack and look into it; ``plan_commands`` has those that plan, ``account_commands`` of users."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Mapping, Sequence
from typing import Any

from stack import outputs as output_document
from stack import plan_commands, printing
from stack.context import DIFFERENT, FAILED, OK, Context, demo
from stack.failures import StackError
from stack.local import DEFAULT_PORT, Running, emulator_start, emulator_stop, snapshot
from stack.local.follow import follow, stay
from stack.local.health import declare_ready
from stack.printing import say
from stack.target import TargetKind


def up(context: Context) -> int:
    """Start the emulator unless it runs, apply, load the demo data, and say where everything is."""
    options, start = context.options, time.monotonic()
    if options.target != TargetKind.LOCAL:
        raise StackError("up starts the embedded emulator, which is the target local; use apply and seed elsewhere")
    if options.foreground:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a container is told to stop by it, at any moment
    running = emulator_start(
        options.home,
        DEFAULT_PORT if options.port is None else options.port,
        host=options.host,
        stock=options.stock,
        fresh=options.fresh,
        region=options.region or "us-east-1",
        say=say,
    )
    say(f"emulator {'already runs' if running.reused else 'started'} at {running.endpoint_url}")
    if options.foreground:
        return _stay(context, running, start)
    return _fill(context, running, start)


def _fill(context: Context, running: Running, start: float) -> int:
    """Provision and seed a running emulator, have it say that it is ready, and tell where everything is."""
    options = context.options
    report = plan_commands.bring(context)
    if report.failed:
        return FAILED
    document = output_document.document(context.target, report.outputs, demo(context.target))
    if not options.no_seed:
        _seed(context, document)
    if running.stock:
        say("without our patches MiniStack saves its state only when it is stopped")
    elif report.outcomes or not running.reused:
        snapshot(options.home)
    declare_ready(running.endpoint_url)
    say(f"ready in {time.monotonic() - start:.1f} s\n")
    print(json.dumps(document, indent=2) if options.json else _welcome(document), flush=True)
    return OK


def _stay(context: Context, running: Running, start: float) -> int:
    """Fill the emulator and follow its log until a signal ends us; then, and whatever happens, stop it as well."""
    from stack.local.watch import redeploying

    try:
        if failed := _fill(context, running, start):
            return failed
        with redeploying(context.apply_arguments(), say) if context.options.watch else contextlib.nullcontext():
            stay(running)
    except KeyboardInterrupt:
        say("told to stop")
    finally:
        down(context)
    return OK


def watch(context: Context) -> int:
    """Apply now, and again whenever a file of the handlers changes."""
    from stack.local.watch import redeploy_on_change

    if failed := plan_commands.apply(context):
        return failed
    say("watching handlers; Ctrl-C ends it")
    redeploy_on_change(context.apply_arguments(), say)
    return OK


def down(context: Context) -> int:
    """Stop the emulator."""
    if emulator_stop(context.options.home, say=say):
        say("stopped; the data stays for the next `stack up`")
    else:
        say(f"no emulator runs in {context.options.home}")
    return OK


def outputs(context: Context) -> int:
    """Print where everything is."""
    document = context.documented()
    if context.options.json:
        print(json.dumps(document, indent=2))
    else:
        print(printing.table((key, _shown(value)) for key, value in document.items()))
    return OK


def verify(context: Context) -> int:
    """Compare roll-ups with rows, receipts with objects, and look for what failed for good."""
    from checks.verify import verify as compare

    target = context.target
    mismatches = compare(target.session, target.endpoint_url, context.documented(), say=say)
    for mismatch in mismatches:
        print(mismatch)
    return DIFFERENT if mismatches else OK


def seed(context: Context) -> int:
    """Load the demo data."""
    _seed(context, context.documented())
    return OK


def logs(context: Context) -> int:
    """Print the functions' log events, oldest first; ``--follow`` goes on."""
    groups = context.documented()["log_groups"]
    wanted = context.options.functions or [name for name in groups if name != "api"]
    if unknown := set(wanted) - groups.keys():
        raise StackError(f"there is no function {', '.join(sorted(unknown))}; there are {', '.join(groups)}")
    for line in follow(context.target, {name: groups[name] for name in wanted}, forever=context.options.follow):
        print(line, flush=True)
    return OK


def invoke(context: Context) -> int:
    """Call a function's live version and print its answer."""
    functions = context.documented()["functions"]
    name, event = context.options.function, context.options.event
    if name not in functions:
        raise StackError(f"there is no function {name!r}; there are {', '.join(functions)}")
    try:
        payload = event.read_bytes()
        json.loads(payload)
    except (OSError, ValueError) as error:
        raise StackError(f"could not read the event in {event}: {error}") from error
    answer = context.target.client("lambda").invoke(FunctionName=functions[name], Qualifier="live", Payload=payload)
    print(answer["Payload"].read().decode())
    return FAILED if "FunctionError" in answer else OK


def _seed(context: Context, document: Mapping[str, Any]) -> None:
    from seed.load import load_demo

    options, target = context.options, context.target
    load_demo(
        target.session,
        target.endpoint_url,
        document,
        users=getattr(options, "users", 1),
        months=getattr(options, "months", 12),
        scale=getattr(options, "scale", 1),
        say=say,
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    return "-" if value is None else str(value)


def _welcome(document: Mapping[str, Any]) -> str:
    """A short table, and two lines to paste."""
    login = document["demo"]
    rows: Sequence[tuple[str, str]] = (
        ("API", document["api_url"]),
        ("Docs", document["docs_url"]),
        ("Demo e-mail", login["email"]),
        ("Password", login["password"]),
    )
    return f"{printing.table(rows)}\n\nTry it:\n{_login(document)}\n{_first_call(document)}"


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
