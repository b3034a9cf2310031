"""Runs of the provisioner that fail on purpose, one after another or at once, and what they leave behind."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel

from stack.engine.engine import Engine
from stack.engine.model import Desired, Ref
from stack.engine.permission import Permission
from stack.engine.run import Report
from stack.kinds import kinds
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from stack.topology.addresses import API
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.e2e.api import Stack
from tests.e2e.emulated import zipped
from tests.e2e.inventory import inventory
from tests.faults import Died, Fault, Faults, When, each_once, injected
from tests.models import broken

EVERYTHING = Permission(all_data=True)
PATHS = ("/expenses", "/health")
RESPONSES = ("BAD_REQUEST_BODY", "UNAUTHORIZED")
Declared = Callable[[Target], tuple[Desired[Any], ...]]
"""Makes the declaration for a target."""


def first(target: Target) -> tuple[Desired[Any], ...]:
    return light(whole_first(target))


def second(target: Target) -> tuple[Desired[Any], ...]:
    """The same with other settings, which reach every function, log group and method."""
    return light(whole_second(target))


def whole_first(target: Target) -> tuple[Desired[Any], ...]:
    """``first`` with our own handlers."""
    return topology(target, Options(web_origin="https://first.example.com"))


def whole_second(target: Target) -> tuple[Desired[Any], ...]:
    """``second`` with our own handlers."""
    return topology(target, Options(web_origin="https://second.example.com", rate=5, retention=7, log_level="DEBUG"))


def light(declared: tuple[Desired[Any], ...]) -> tuple[Desired[Any], ...]:
    """The same with small layers and handlers of one line: a cold start of ours takes most of the time of a run."""

    def lighter(each: Desired[Any]) -> Desired[Any]:
        match each.kind:
            case "function":
                file = each.props.handler.removesuffix(".handler").replace(".", "/") + ".py"
                content: dict[str, str | bytes] = {file: "def handler(event, context):\n    return {}\n"}
                return dataclasses.replace(
                    each, props=dataclasses.replace(each.props, code="light"), build=lambda: zipped(content)
                )
            case "layer":
                content = {"python/light.py": each.address}
                return dataclasses.replace(
                    each, props=dataclasses.replace(each.props, content="light"), build=lambda: zipped(content)
                )
            case _:
                return each

    return tuple(lighter(each) for each in declared)


def nothing(_: Target) -> tuple[Desired[Any], ...]:
    return ()


def short(declared: Declared, paths: tuple[str, ...] = PATHS) -> Declared:
    """The same but for the API, which has a method and a refusal of each sort only."""

    def api(each: Desired[Any]) -> Desired[Any]:
        methods = tuple(method for method in each.props.methods if method.path in paths)
        called = {method.function.address for method in methods if isinstance(method.function, Ref)}
        props = dataclasses.replace(
            each.props,
            methods=methods,
            invokes=tuple(function for function in each.props.invokes if function.address in called),
            responses=tuple(response for response in each.props.responses if response.type in RESPONSES),
        )
        return dataclasses.replace(each, props=props)

    return lambda target: tuple(api(each) if each.address == API else each for each in declared(target))


def only(declared: Declared, *kept: str) -> Declared:
    """Of what is declared the addresses that begin so."""
    return lambda target: tuple(each for each in declared(target) if each.address.startswith(kept))


@dataclass
class Runs:
    """Runs of stacks on one emulator.

    ``hit`` counts the calls that failed on purpose, by ``service.Operation``; ``wrong`` holds what was sent that
    botocore's models rule out.
    """

    stack: Stack
    hit: Counter[str] = field(default_factory=Counter)
    wrong: set[str] = field(default_factory=set)
    sent: int = 0

    def apply(self, declared: Declared, name: str, faults: Faults | None = None) -> Report:
        """One run, as a process of its own would do it.

        Raises:
            Died: it did, on purpose.
        """
        target = self._target(name)
        engine, wanted = Engine(kinds(target), name, region=target.region), declared(target)
        with injected(target, faults or Faults()) as counted:
            try:
                return engine.apply(engine.plan(wanted, EVERYTHING), EVERYTHING)
            finally:
                self.hit += counted.failed

    def brings(self, declared: Declared, name: str, faults: Faults | None = None) -> None:
        """A run that must come to its end."""
        report = self.apply(declared, name, faults)
        assert [outcome.error or outcome.skipped for outcome in report.failed] == []

    def converges(self, declared: Declared, name: str) -> int:
        """Let every resource of every run die at the first call that none died at yet; how many runs did."""
        hits, runs = each_once(), 0
        while True:
            try:
                self.brings(declared, name, Faults(Fault.DEATH, When.AFTER, hits=hits, each_thread=True))
            except Died:
                runs += 1
                assert runs < 1000, f"it does not end; died at {self.hit}"
            else:
                return runs

    def pending(self, declared: Declared, name: str) -> list[str]:
        """The changes that another run would make."""
        target = self._target(name)
        return [
            change.address
            for change in Engine(kinds(target), name, region=target.region).plan(declared(target)).pending
        ]

    def addresses(self, declared: Declared, name: str) -> set[str]:
        """The address of each resource that is declared."""
        return {each.address for each in declared(self._target(name))}

    def there(self, name: str) -> list[str]:
        """All that there is of a stack, without its name."""
        return [line.replace(f"{name}-", "") for line in inventory(self.stack.client, f"{name}-")]

    def _target(self, name: str) -> Target:
        made = connect(TargetKind.LOCAL, stack=name, region=None, endpoint_url=self.stack.outputs["endpoint_url"])
        made.session.events.register("provide-client-params.*", self._hold_against_models)
        return made

    def _hold_against_models(self, params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        self.sent += 1
        self.wrong.update(broken(model, params))
