"""Only what holds data can be named to be lost, and a slip of the pen is told before anything is written."""

from __future__ import annotations

import pytest

from stack.engine.kind import Kind
from stack.engine.model import Action, Change, Desired, Plan
from stack.engine.permission import Permission, check
from stack.errors import StackError
from tests.unit.remote import Boxes, BoxProps, Remote, Vaults

TOPOLOGY = (Desired("box.a", "s-a", BoxProps("red")), Desired("vault.a", "s-v", BoxProps("red")))
STRAY = Change("vault.old", "s-old", Action.KEEP)


def agreed(permission: Permission) -> None:
    remote = Remote()
    kinds: dict[str, Kind[BoxProps]] = {"box": Boxes(remote), "vault": Vaults(remote)}
    check(permission, TOPOLOGY, Plan((STRAY,)), kinds)


@pytest.mark.parametrize(
    "permission",
    [
        Permission(),
        Permission(replace=frozenset({"vault.a"})),
        Permission(delete=frozenset({"vault.old", "vault.a"})),
        Permission(all_data=True),
    ],
    ids=["nothing", "a replacement", "deletions", "all"],
)
def test_what_holds_data_can_be_named_though_it_is_gone_by_now(permission: Permission) -> None:
    agreed(permission)


@pytest.mark.parametrize(
    ("permission", "told"),
    [
        (
            Permission(replace=frozenset({"vault.b"})),
            "--replace vault.b: no data at this address. Addresses with data: vault.a",
        ),
        (Permission(replace=frozenset({"vault.old"})), "--replace vault.old: .*. Addresses with data: vault.a"),
        (Permission(replace=frozenset({"box.a"})), "--replace box.a: .*. Addresses with data: vault.a"),
        (Permission(delete=frozenset({"valt.old"})), "--delete valt.old: .*. Addresses with data: vault.a, vault.old"),
    ],
    ids=["unknown", "not declared", "without data", "a slip"],
)
def test_anything_else_is_refused_with_what_can_be(permission: Permission, told: str) -> None:
    with pytest.raises(StackError, match=f"^{told}$"):
        agreed(permission)
