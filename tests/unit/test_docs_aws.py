"""Each command on the page about AWS is one that the command line takes."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from stack.cli import execution
from stack.cli.main import main
from stack.cli.options import Options
from stack.cli.verb import Verb, Verbs
from stack.cli.verbs import stack

PAGE = (Path(__file__).parents[2] / "docs" / "aws.md").read_text()
COMMANDS = re.findall(r"^\s*uv run stack (.+)$", PAGE, re.MULTILINE)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options of each verb that would have run, without any from the environment."""
    for name in [name for name in os.environ if name.startswith("STACK_")]:
        monkeypatch.delenv(name)
    found: list[Options] = []

    def execute(_: str, options: Options, *, target: bool) -> int:
        found.append(options)
        return 0

    monkeypatch.setattr(execution, "execute", execute)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_taken_for_aws_with_an_account(command: str, ran: list[Options]) -> None:
    assert main(shlex.split(command)) == 0
    assert [(each.target, each.account_id, each.region) for each in ran] == [("aws", "123456789012", "eu-central-1")]


def test_the_page_has_the_commands_of_a_life_and_its_options_and_variables_exist() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"policy", "plan", "apply", "destroy", "logs"}
    known = {word for verb in verbs(stack()) for each in verb.params for word in each.opts}
    variables = {str(name) for verb in verbs(stack()) for each in verb.params for name in variables_of(each.envvar)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) <= known
    assert set(re.findall(r"STACK_[A-Z_]+", PAGE)) <= variables


def verbs(group: Verbs) -> list[Verb]:
    found: list[Verb] = []
    for each in group.commands.values():
        found += verbs(each) if isinstance(each, Verbs) else [each]  # type: ignore[list-item]
    return found


def variables_of(given: object) -> list[str]:
    return [given] if isinstance(given, str) else list(given or [])  # type: ignore[call-overload]
