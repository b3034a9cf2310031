"""One run of a verb: its options, and the target, topology and engine that they select."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from stack.cli import outputs as output_document
from stack.cli.options import Options as CommandOptions
from stack.engine.engine import Engine
from stack.engine.model import Desired, Plan
from stack.engine.permission import Permission, check
from stack.errors import StackError
from stack.kinds import SERVICES, kinds
from stack.local import DEFAULT_PORT, Running, emulator_status, require_python, require_region
from stack.target.capabilities import unreadable
from stack.target.target import Target, check_reachable, connect
from stack.target.target_kind import SELECTABLE, TargetKind
from stack.topology.options import Options
from stack.topology.topology import topology


class Context:
    """The options of one run; everything else is made at first use."""

    def __init__(self, options: CommandOptions) -> None:
        self.options = options

    @functools.cached_property
    def target(self) -> Target:
        """The target, after all checks."""
        options = self.options
        if options.target not in SELECTABLE:
            raise StackError(f"There is no target {options.target!r}. Choose one of {', '.join(SELECTABLE)}.")
        kind = TargetKind(options.target)
        running = self._emulator
        endpoint = options.endpoint_url
        if kind is TargetKind.LOCAL and not endpoint:
            endpoint = running.endpoint_url if running else f"http://127.0.0.1:{options.port or DEFAULT_PORT}"
        target = connect(
            kind,
            stack=options.name,
            region=options.region or (running.region if running else None),
            endpoint_url=endpoint.rstrip("/") if endpoint else None,
            services=SERVICES,
            expected_account=options.account_id,
        )
        check_reachable(target)
        return target

    @functools.cached_property
    def engine(self) -> Engine:
        hidden = functools.partial(unreadable, self.target.kind)
        return Engine(kinds(self.target), self.target.stack, hidden, self.target.region)

    @functools.cached_property
    def topology(self) -> tuple[Desired[Any], ...]:
        origin = self.options.web_origin or self.target.endpoint_url or "https://localhost"
        sender, identity = self.options.email_from or "", self.options.email_arn or ""
        if bool(sender) != bool(identity):
            raise StackError(
                "Cannot send e-mail through SES: it needs a sender and its identity. "
                "Pass both --email-from and --email-arn, or neither."
            )
        alarms = self.options.alarm_email or ""
        return topology(
            self.target, Options(web_origin=origin, email_from=sender, email_arn=identity, alarm_email=alarms)
        )

    @property
    def permission(self) -> Permission:
        return Permission(
            replace=frozenset(self.options.replace),
            delete=frozenset(self.options.delete),
            all_data=self.options.all,
        )

    def plan(self) -> Plan:
        if self._emulator:
            require_python(self._emulator)
        return self._agreed(self.engine.plan(self.topology, self.permission))

    def plan_of_destruction(self) -> Plan:
        """The plan for an empty topology."""
        return self._agreed(self.engine.plan((), self.permission))

    def document(self, *names: str) -> dict[str, Any]:
        """The document of ``stack outputs`` with the named fields only; reads the resources of these fields only.

        Raises:
            StackError: the resource of a field does not exist.
        """
        found = self.engine.outputs(output_document.sources(self.topology, names))
        return output_document.document(self.target, found, demo(self.target), names)

    def document_of(self, outputs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """The whole document, from outputs that an apply returned."""
        return output_document.document(self.target, outputs, demo(self.target), tuple(output_document.FIELDS))

    def apply_arguments(self) -> list[str]:
        """The command line of ``apply`` for the same stack on the same target."""
        where = ("target", "endpoint_url", "name", "region", "account_id", "port", "home")
        what = ("web_origin", "email_from", "email_arn", "alarm_email")
        given = ((f"--{each.replace('_', '-')}", getattr(self.options, each)) for each in (*where, *what))
        return ["apply", *(text for name, value in given if value is not None for text in (name, str(value)))]

    def _agreed(self, found: Plan) -> Plan:
        check(self.permission, self.topology, found, self.engine.registry.kinds)
        return found

    @functools.cached_property
    def _emulator(self) -> Running | None:
        """The home's emulator, where it is the target; it must be of the region of the options, if they name one."""
        options = self.options
        if options.target != TargetKind.LOCAL or options.endpoint_url:
            return None
        running = emulator_status(options.home)
        if running:
            require_region(options.home, options.region, running.region)
        return running


def demo(target: Target) -> dict[str, str] | None:
    """The e-mail and password of the demo user; None on AWS, where no password is public."""
    from seed.load import DEMO_EMAIL, DEMO_PASSWORD

    return {"email": DEMO_EMAIL, "password": DEMO_PASSWORD} if target.is_emulator else None
