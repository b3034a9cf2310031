"""The verbs that compare the declared topology with the target: show the differences, or remove them."""

from __future__ import annotations

import json
import sys
import time

from stack.cli.codes import DIFFERENT, FAILED, OK
from stack.cli.context import Context
from stack.cli.drill_command import broken_off, repair_broken_off
from stack.cli.printing import change_lines, plan_document, report_line, say
from stack.cli.screen import progress, show_plan, show_table, waiting
from stack.engine.model import Action, Change, Plan
from stack.engine.run import Report
from stack.errors import StackError
from stack.kinds import KINDS
from stack.local import Running, emulator_status
from stack.target import account_role, deployer
from stack.target.capabilities import IMPLEMENTATIONS, Gap, gaps
from stack.target.target import Target
from stack.target.target_kind import EMULATOR_ACCOUNT, TargetKind


def plan(context: Context) -> int:
    """Print what apply would do."""
    found = _planned(context)
    _print_plan(context, found)
    return FAILED if found.refused else DIFFERENT if found.pending else OK


def apply(context: Context) -> int:
    """Bring the target to the declared topology."""
    target = context.target
    if context.options.create_account_role and account_role.is_missing(target):
        account_role.create(target)
        say(f"made role {account_role.ROLE}, with which API Gateway writes logs; it stays after a destroy")
    report = bring(context)
    return FAILED if report.failed else OK


def drift(context: Context) -> int:
    """Print what differs from the declared topology."""
    found = _planned(context)
    _print_plan(context, found)
    return DIFFERENT if found.pending else OK


def destroy(context: Context) -> int:
    """Delete the stack, by planning for an empty topology."""
    target = context.target
    if target.kind is TargetKind.AWS and _confirmed(context) != target.stack:
        raise StackError(
            f"Cannot delete stack {target.stack} of account {target.account_id}: its name was not confirmed. "
            f"Pass --confirm {target.stack}."
        )
    repair_broken_off(context)
    with waiting("Reading the stack"):
        found = context.plan_of_destruction()
    for change in found.changes:
        if change.action is Action.KEEP:
            say(next(change_lines(change)))
    if not found.pending:
        say("nothing to delete")
    return FAILED if _carry_out(context, found).failed else OK


def policy(context: Context) -> int:
    """Print the least IAM policy that apply and destroy need. Calls nothing: it is needed before any credentials."""
    options = context.options
    kind, account = TargetKind(options.target), options.account_id or EMULATOR_ACCOUNT
    if kind is TargetKind.AWS and not (options.account_id and options.region):
        raise StackError(
            "Cannot print the policy for aws: it names the account and the region. Pass --account-id and --region."
        )
    print(json.dumps(deployer.policy(kind, options.name, options.region or "us-east-1", account, KINDS), indent=2))
    return OK


def status(context: Context) -> int:
    """Print the state of each resource, and how the target differs from AWS."""
    options = context.options
    running = emulator_status(options.home) if options.target == TargetKind.LOCAL else None
    known = gaps(context.target.kind)
    try:
        found = _planned(context)
    except StackError:
        _print_gaps(context.target.kind, known)
        raise
    if options.json:
        print(json.dumps(_status_document(context, running, found, known), indent=2))
        return OK
    if running:
        patched = ", ".join(running.patches) or "none (--stock)"
        say(f"MiniStack {running.version} at {running.endpoint_url}, process {running.pid}; patches: {patched}")
    if sentence := broken_off(context.target):
        say(sentence)
    show_table(
        ((_state(each), each.address, each.name) for each in found.changes), columns=("state", "resource", "name")
    )
    _print_gaps(context.target.kind, known)
    return OK


def bring(context: Context) -> Report:
    """Plan, and carry the plan out."""
    repair_broken_off(context)
    found = _planned(context)
    if not found.pending:
        calls = context.target.calls
        say(f"nothing to change: all resources are as declared ({calls.reads} reads, {calls.writes} writes)")
    return _carry_out(context, found)


def _planned(context: Context) -> Plan:
    with waiting("Reading the stack"):
        return context.plan()


def _carry_out(context: Context, found: Plan) -> Report:
    start = time.monotonic()
    with progress(found) as observer:
        report = context.engine.apply(found, context.permission, observer, context.target.halt)
    calls = context.target.calls
    if report.outcomes:
        say(report_line(report, calls.reads, calls.writes, time.monotonic() - start))
    if context.options.json and context.options.verb in {"apply", "destroy"}:
        print(json.dumps(plan_document(found), indent=2))
    return report


def _confirmed(context: Context) -> str:
    """The name from the command line, or typed at a terminal."""
    target, given = context.target, context.options.confirm
    if given or not sys.stdin.isatty():
        return str(given or "")
    say(_question(target))
    return sys.stdin.readline().strip()


def _question(target: Target) -> str:
    return (
        f"This deletes stack {target.stack} of account {target.account_id} in {target.region}. "
        "Type its name to continue: "
    )


def _print_plan(context: Context, found: Plan) -> None:
    if context.options.json:
        print(json.dumps(plan_document(found), indent=2))
    else:
        show_plan(found)


def _status_document(
    context: Context, running: Running | None, found: Plan, known: tuple[Gap, ...]
) -> dict[str, object]:
    emulator = (
        {"endpoint_url": running.endpoint_url, "pid": running.pid, "version": running.version} if running else None
    )
    return {
        "emulator": emulator,
        "drill": broken_off(context.target),
        "resources": [{"address": each.address, "state": _state(each), "name": each.name} for each in found.changes],
        "gaps": [{"kind": g.kind, "subject": g.subject, "is": g.lack, "reason": g.reason} for g in known],
    }


def _print_gaps(target: TargetKind, known: tuple[Gap, ...]) -> None:
    if known:
        print(f"\nHow the target {target} (measured: {IMPLEMENTATIONS[target]}) differs from AWS:")
        show_table(
            ((f"{gap.kind}: {gap.subject} ({gap.lack})", gap.reason) for gap in known), columns=("feature", "here")
        )


def _state(change: Change) -> str:
    states = {Action.NOTHING: "as declared", Action.CREATE: "missing", Action.REFUSE: "not ours"}
    return states.get(change.action, change.reason)
