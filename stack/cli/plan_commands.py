"""The verbs that plan: compare what is declared with what exists, show it, carry it out."""

from __future__ import annotations

import json
import sys
import time

from stack.cli import printing
from stack.cli.context import DIFFERENT, FAILED, OK, Context
from stack.cli.printing import say
from stack.engine.model import Action, Plan
from stack.engine.run import Report
from stack.errors import StackError
from stack.kinds import KINDS
from stack.local import emulator_status
from stack.target import deployer
from stack.target.capabilities import IMPLEMENTATIONS, gaps
from stack.target.target_kind import EMULATOR_ACCOUNT, TargetKind


def plan(context: Context) -> int:
    """Print what apply would do."""
    found = context.plan()
    _print_plan(context, found)
    return FAILED if found.refused else DIFFERENT if found.pending else OK


def apply(context: Context) -> int:
    """Carry out the plan."""
    return FAILED if bring(context).failed else OK


def drift(context: Context) -> int:
    """Print what is not as declared."""
    found = context.plan()
    _print_plan(context, found)
    return DIFFERENT if found.pending else OK


def destroy(context: Context) -> int:
    """Delete everything of ours, by planning for an empty topology."""
    target = context.target
    if target.kind is TargetKind.AWS and _confirmed(context) != target.stack:
        raise StackError(
            f"this deletes stack {target.stack} of account {target.account_id}: say --confirm {target.stack}"
        )
    found = context.plan_of_destruction()
    for change in found.changes:
        if change.action is Action.KEEP:
            say(next(printing.change_lines(change)))
    return FAILED if _carry_out(context, found).failed else OK


def policy(context: Context) -> int:
    """Print the least policy of a deployer; asks the target nothing, so that it can be had before any credentials."""
    options = context.options
    kind, account = TargetKind(options.target), options.account_id or EMULATOR_ACCOUNT
    if kind is TargetKind.AWS and not (options.account_id and options.region):
        raise StackError("on aws the policy names account and region: give --account-id and --region")
    print(json.dumps(deployer.policy(kind, options.name, options.region or "us-east-1", account, KINDS), indent=2))
    return OK


def status(context: Context) -> int:
    """Print every resource with its state, and what the target does not enforce."""
    options = context.options
    running = emulator_status(options.home) if options.target == TargetKind.LOCAL else None
    known = gaps(context.target.kind)
    try:
        found = context.plan()
    except StackError:
        _print_gaps(context.target.kind)
        raise
    states = [(change.address, _state(change.action, change.reason), change.name) for change in found.changes]
    if options.json:
        print(
            json.dumps(
                {
                    "emulator": {
                        "endpoint_url": running.endpoint_url,
                        "pid": running.pid,
                        "version": running.version,
                    }
                    if running
                    else None,
                    "resources": [{"address": a, "state": state, "name": name} for a, state, name in states],
                    "gaps": [{"kind": g.kind, "subject": g.subject, "is": g.lack, "reason": g.reason} for g in known],
                },
                indent=2,
            )
        )
        return OK
    if running:
        patched = ", ".join(running.patches) or "none (--stock)"
        say(f"MiniStack {running.version} at {running.endpoint_url}, process {running.pid}; patches: {patched}")
    print(printing.table((f"{state.ljust(18)} {address}", name) for address, state, name in states))
    _print_gaps(context.target.kind)
    return OK


def bring(context: Context) -> Report:
    """Plan, carry it out, and tell how it goes."""
    found = context.plan()
    if not found.pending:
        calls = context.target.calls
        say(f"nothing to change: everything is as declared ({calls.reads} reads, {calls.writes} writes)")
    return _carry_out(context, found)


def _carry_out(context: Context, found: Plan) -> Report:
    start = time.monotonic()
    report = context.engine.apply(found, context.permission, printing.Lines(), context.target.halt)
    calls = context.target.calls
    if report.outcomes:
        say(printing.report_line(report, calls.reads, calls.writes, time.monotonic() - start))
    if context.options.json and context.options.verb in {"apply", "destroy"}:
        print(json.dumps(printing.plan_document(found), indent=2))
    return report


def _confirmed(context: Context) -> str:
    """The name given on the command line; asked for where somebody sits at a terminal."""
    target, given = context.target, context.options.confirm
    if given or not sys.stdin.isatty():
        return str(given or "")
    say(f"this deletes stack {target.stack} of account {target.account_id} in {target.region}; its name, to go on: ")
    return sys.stdin.readline().strip()


def _print_plan(context: Context, found: Plan) -> None:
    if context.options.json:
        print(json.dumps(printing.plan_document(found), indent=2))
    else:
        print("\n".join(printing.plan_lines(found)))


def _print_gaps(target: TargetKind) -> None:
    if known := gaps(target):
        measured = IMPLEMENTATIONS[target]
        print(f"\nWhat the target {target} (measured: {measured}) does not do as AWS does:")
        print(printing.table((f"{gap.kind}: {gap.subject} ({gap.lack})", gap.reason) for gap in known))


def _state(action: Action, reason: str) -> str:
    return {Action.NOTHING: "as declared", Action.CREATE: "missing", Action.REFUSE: "not ours"}.get(action, reason)
