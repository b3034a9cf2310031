"""The command line: what is wrong with it is one sentence, and nothing was called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from stack.cli import plan_commands
from stack.cli.context import Context
from stack.cli.main import main
from stack.errors import StackError
from stack.target.target_kind import TargetKind


@pytest.mark.parametrize(
    ("variable", "verb"),
    [("STACK_PORT", "plan"), ("STACK_USERS", "seed"), ("STACK_MONTHS", "seed"), ("STACK_SCALE", "seed")],
)
def test_a_variable_that_is_no_number_is_told_by_its_option(
    variable: str, verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "many")
    with pytest.raises(SystemExit) as ended:
        main([verb])
    assert ended.value.code == 1
    option = variable.removeprefix("STACK_").lower()
    assert f"argument --{option}: invalid int value: 'many'" in capsys.readouterr().err


class Terminal:
    """Somebody who types one line; or nobody, where ``typed`` is None."""

    def __init__(self, typed: str | None) -> None:
        self.typed = typed

    def isatty(self) -> bool:
        return self.typed is not None

    def readline(self) -> str:
        assert self.typed is not None, "nobody is there to be asked"
        return f"{self.typed}\n"


def destroy(monkeypatch: pytest.MonkeyPatch, *, confirm: str | None, typed: str | None) -> bool:
    """Whether the destruction of a stack on AWS was begun."""
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    target = SimpleNamespace(kind=TargetKind.AWS, stack="expenses", account_id="123456789012", region="eu-west-1")
    begun: list[bool] = []

    def plan() -> Any:
        begun.append(True)
        raise StackError("far enough")

    context: Any = SimpleNamespace(target=target, options=SimpleNamespace(confirm=confirm), plan_of_destruction=plan)
    with pytest.raises(StackError, match=r"far enough|say --confirm expenses"):
        plan_commands.destroy(cast("Context", context))
    return bool(begun)


@pytest.mark.parametrize(("confirm", "typed"), [("expenses", None), (None, "expenses"), ("expenses", "other")])
def test_a_stack_on_aws_is_destroyed_once_its_name_was_said(
    monkeypatch: pytest.MonkeyPatch, confirm: str | None, typed: str | None
) -> None:
    assert destroy(monkeypatch, confirm=confirm, typed=typed)


@pytest.mark.parametrize(("confirm", "typed"), [(None, None), (None, ""), (None, "yes"), ("expense", None)])
def test_without_its_name_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, confirm: str | None, typed: str | None
) -> None:
    assert not destroy(monkeypatch, confirm=confirm, typed=typed)
