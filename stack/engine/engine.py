"""Bring a target to the declared topology. The engine never calls AWS itself; the kinds do.

    compare     properties of one resource, desired against live             pure functions
    decide      one resource: its action and the reason for it               a pure function, a table
    planning    read every resource at once, then decide address by address  reads only
    run         carry out the changes of a plan, each once its references are done; deletions last, in reverse
    attempt     carry out one change, and repeat it after a transient failure

AWS is the state: a resource is found by its name, and belongs to the stack by its owner tag. Every change ends with the
*stamp*, a tag with the fingerprint of the applied properties: unfinished work therefore looks unfinished to the next
run. After each change the resource is read back and must equal the declaration, so that a target which keeps another
value fails here and not later. The price is one more read for each changed resource.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from stack.engine import planning
from stack.engine.kind import Kind
from stack.engine.model import Action, Desired, Plan
from stack.engine.permission import NO_LOSS, Permission
from stack.engine.registry import Registry
from stack.engine.run import Observer, Report, Run, Unobserved
from stack.errors import StackError


class Engine:
    """Plans and applies for the stack called ``stack`` in ``region``, with ``kinds`` in their order of creation.

    ``unreadable(kind)`` names the properties that this target cannot read back: the engine compares those by the stamp.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind[Any]],
        stack: str,
        unreadable: Callable[[str], Collection[str]] = lambda _: frozenset(),
        region: str = "",
    ) -> None:
        self.registry = Registry(kinds, stack, unreadable, region)

    def outputs(self, declared: Sequence[Desired[Any]]) -> dict[str, Mapping[str, str]]:
        """Read the outputs of ``declared`` by address, and nothing else; see ``planning.read_outputs``."""
        return planning.read_outputs(self.registry, declared)

    def plan(self, topology: Sequence[Desired[Any]], permission: Permission = NO_LOSS) -> Plan:
        """Decide for every declared address and every undeclared resource of this stack; see ``planning.plan``."""
        return planning.plan(self.registry, topology, permission)

    def apply(
        self,
        plan: Plan,
        permission: Permission = NO_LOSS,
        observer: Observer | None = None,
        halt: Callable[[], None] = lambda: None,
    ) -> Report:
        """Carry out ``plan``. A failure stops only the changes that depend on it; ``observer`` follows each change.

        ``halt`` is called at Ctrl-C: no AWS call may begin after it.

        Raises:
            StackError: the plan has a refusal; nothing was written.
            Interrupted: Ctrl-C; each change in progress stopped after its current call.
        """
        if plan.refused:
            raise StackError("\n".join(f"{c.address}: {c.reason}" for c in plan.refused))
        wanted = {c.address: c for c in plan.changes if c.desired}
        run = Run(self.registry, permission, observer or Unobserved())
        with ThreadPoolExecutor(planning.WORKERS) as pool:
            try:
                run.changes(wanted, pool)
                if not run.failed:
                    run.deletions([c for c in plan.changes if c.action is Action.DELETE], pool)
            except KeyboardInterrupt:
                halt()
                pool.shutdown(cancel_futures=True)
                raise run.interrupted(plan.changes) from None
        return Report(tuple(run.outcomes), run.outputs)
