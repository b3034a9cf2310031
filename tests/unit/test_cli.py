"""The command line: a wrong one is a sentence before anything starts, and a verb gets the options that were given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest

from stack.cli import execution, plan_commands, values
from stack.cli.context import Context
from stack.cli.main import main
from stack.cli.options import Options
from stack.cli.verb import Verb
from stack.cli.verbs import stack
from stack.errors import StackError
from stack.target.target import NAME
from stack.target.target_kind import TargetKind

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("STACK_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options of each verb that would have run."""
    found: list[Options] = []

    def execute(_: str, options: Options, *, target: bool) -> int:
        found.append(options)
        return 0

    monkeypatch.setattr(execution, "execute", execute)
    return found


def verbs(command: click.Command) -> list[Verb]:
    if isinstance(command, click.Group):
        return [verb for each in command.commands.values() for verb in verbs(each)]
    assert isinstance(command, Verb)
    return [command]


OPTIONS = sorted(
    {
        (verb, each.name, each.opts[0])
        for verb in verbs(stack())
        for each in verb.params
        if isinstance(each, click.Option)
    },
    key=str,
)


def test_help_and_a_wrong_command_line_import_nothing_that_is_slow() -> None:
    slow = ["boto3", "botocore", "pydantic", "rich", "stack.engine", "stack.local", "handlers"]
    script = (
        "import sys\nfrom stack.cli.main import main\n"
        "codes = [main(['--help']), main(['apply', '--help']), main(['aply']), main(['up', '--port', 'x'])]\n"
        f"print(codes, [name for name in {slow} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.splitlines()[-1] == "[0, 0, 1, 1] []"


@pytest.mark.parametrize(("verb", "name", "option"), OPTIONS, ids=lambda each: getattr(each, "name", each))
def test_each_option_has_its_variable_and_the_help_names_both(
    verb: Verb, name: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    context = click.Context(verb, info_name=verb.name, terminal_width=200)
    shown = " ".join(verb.get_help(context).split())
    assert option in shown
    assert f"STACK_{name.upper()}" in shown


@pytest.mark.parametrize(
    ("variables", "arguments", "field", "value"),
    [
        ({"STACK_JSON": "1"}, ["status"], "json", True),
        ({"STACK_JSON": "1"}, ["status", "--no-json"], "json", False),
        ({"STACK_JSON": "0"}, ["status"], "json", False),
        ({"STACK_JSON": ""}, ["status"], "json", False),
        ({}, ["up"], "seed", True),
        ({}, ["up", "--no-seed"], "seed", False),
        ({"STACK_NO_SEED": "1"}, ["up"], "seed", False),
        ({"STACK_NO_SEED": "1"}, ["up", "--seed"], "seed", True),
        ({"STACK_NO_SEED": ""}, ["up"], "seed", True),
        ({"STACK_NO_SEED": "0"}, ["up"], "seed", True),
        ({"STACK_SEED": "0"}, ["up"], "seed", False),
        ({"STACK_STOCK": "1"}, ["up", "--no-stock"], "stock", False),
        ({"STACK_PORT": "4600"}, ["up"], "port", 4600),
        ({"STACK_PORT": "4600"}, ["up", "--port", "0"], "port", 0),
        ({"STACK_DELETE": "table.data user_pool.users"}, ["destroy"], "delete", ("table.data", "user_pool.users")),
        ({}, ["destroy", "--delete", "a.b", "--delete", "c.d"], "delete", ("a.b", "c.d")),
        ({}, ["logs", "api", "expenses", "--follow"], "functions", ("api", "expenses")),
        ({}, ["user", "add", "ann@example.com", "--password", "-abc"], "password", "-abc"),
        ({}, ["user", "add", "ann@example.com", "--password=-abc"], "password", "-abc"),
        ({"STACK_PASSWORD": "-abc"}, ["user", "add", "ann@example.com"], "password", "-abc"),
        ({}, ["user", "--json", "list"], "json", True),
        ({}, ["user", "--name", "one", "list", "--name", "other"], "name", "other"),
        ({"STACK_NAME": "third"}, ["user", "--name", "one", "list"], "name", "one"),
        ({}, ["user", "list"], "verb", "user list"),
        ({}, ["plan", "--home", "here"], "home", Path.cwd() / "here"),
        ({"STACK_HOME": "here"}, ["plan"], "home", Path.cwd() / "here"),
        ({}, ["plan"], "home", PROJECT / ".stack"),
        ({}, ["plan", "--endpoint-url", "http://127.0.0.1:4566/"], "endpoint_url", "http://127.0.0.1:4566"),
    ],
)
def test_a_verb_gets_what_the_command_line_says_and_else_what_the_variables_say(
    variables: dict[str, str],
    arguments: list[str],
    field: str,
    value: object,
    ran: list[Options],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    assert main(arguments) == 0
    assert getattr(ran[0], field) == value


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["aply"], "stack: No such command 'aply'. Did you mean 'apply'?"),
        (["user", "ad"], "stack user: No such command 'ad'. Did you mean 'add'?"),
        (["plan", "--prot", "1"], "stack plan: No such option '--prot'. Did you mean '--port'?"),
        (["plan", "--port", "abc"], "'--port' (env var: 'STACK_PORT'): 'abc' is not a valid number."),
        (["plan", "--port", "99999"], "99999 is not in the range 0<=x<=65535."),
        (["plan", "--port", "-1"], "-1 is not in the range 0<=x<=65535."),
        (["plan", "--port"], "stack plan: Option '--port' requires an argument."),
        (["plan", "--target", "x"], "'x' is not one of 'local', 'localstack', 'aws'."),
        (["plan", "--name", "Expenses"], "'Expenses' is not 1 to 20 lower-case letters, digits and hyphens"),
        (["plan", "--account-id", "1234"], "'1234' is not an account id of twelve digits."),
        (["plan", "--region", "Frankfurt"], "'Frankfurt' is not the code of an AWS region"),
        (["plan", "--endpoint-url", "127.0.0.1:4566"], "'127.0.0.1:4566' is not an http or https URL"),
        (["plan", "--endpoint-url", "http://h:port"], "'http://h:port' is not an http or https URL"),
        (["plan", "--home", __file__], "is a file."),
        (["up", "--host", "http://0.0.0.0"], "'http://0.0.0.0' is not an IPv4 address or a host name."),
        (["seed", "--users", "0"], "0 is not in the range x>=1."),
        (["seed", "--months", "many"], "'many' is not a valid number."),
        (["seed", "--scale", "-3"], "-3 is not in the range x>=1."),
        (["invoke", "expenses"], "stack invoke: Missing option '--event'"),
        (["invoke", "expenses", "--event", "/no/such/file"], "File '/no/such/file' does not exist."),
        (["user", "add", "ann"], "'ann' is not an e-mail address."),
        (["user", "add", "ann@example.com", "--password", ""], "the password is empty."),
        (["user", "token", "ann@example.com", "--code", "12"], "'12' is not the six digits"),
        (["plan", "extra"], "stack plan: Got unexpected extra argument (extra)."),
    ],
)
def test_a_wrong_command_line_is_a_sentence_and_nothing_runs(
    arguments: list[str], sentence: str, ran: list[Options], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    usage, said = capsys.readouterr().err.splitlines()
    assert usage.startswith("Usage: stack ")
    assert sentence in said
    assert ran == []


@pytest.mark.parametrize(
    ("variable", "verb"),
    [("STACK_PORT", "plan"), ("STACK_USERS", "seed"), ("STACK_JSON", "plan"), ("STACK_NO_SEED", "up")],
)
def test_a_wrong_variable_is_named(
    variable: str, verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "many")
    assert main([verb]) == 1
    said = capsys.readouterr().err
    assert f"'{variable}'" in said
    assert "'many' is not" in said


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("http://localhost:5173/", "http://localhost:5173"),
        ("http://app.localhost:5173", "http://app.localhost:5173"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:5173", "http://[::1]:5173"),
    ],
)
def test_a_web_origin_is_kept_as_a_browser_sends_it(given: str, origin: str) -> None:
    assert values.origin(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        *("", "*", "null", "app.example.com", "https://", "ftp://app.example.com", "https://a.example.com//"),
        *("https://app.example.com/path", "https://app.example.com?q", "https://app.example.com#f"),
        *("https://user@app.example.com", "https://a.example.com,https://b.example.com", "https://a b.example.com"),
        *("https://a.example.com https://b.example.com", "https://app.example.com:0", "https://app.example.com:99999"),
        *("https://app.example.com:", "https://app..example.com", "https://app.example.com\n", "https://[::g]"),
        *("https://*.example.com", "http://app.example.com", "http://10.0.0.1:5173", "https://bücher.example"),
    ],
)
def test_anything_but_one_origin_is_refused_before_anything_starts(given: str, ran: list[Options]) -> None:
    assert main(["up", "--web-origin", given]) == 1
    assert ran == []


def test_names_are_those_of_the_lower_layers() -> None:
    for name in ("a", "expenses-2", "a" * 20):
        assert NAME.fullmatch(values.stack_name(name))


def test_a_syntax_error_in_the_contract_is_a_sentence_with_file_and_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = PROJECT / "handlers" / "contract" / "routes.py"

    def fail(*_: object, target: bool) -> int:
        compile("x = 1\nthis is no Python\n", str(broken), "exec")
        return 0

    monkeypatch.setattr(execution, "_run", fail)
    assert main(["outputs"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("stack outputs: Cannot read handlers/contract/routes.py: line 2: invalid syntax.")


def test_down_needs_no_topology(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom stack.cli.main import main\n"
        "print(main(['down', '--home', sys.argv[1]]), {'handlers', 'stack.topology'} & sys.modules.keys())"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout == "0 set()\n"


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: Context) -> int:
        raise OSError(28, "No space left on device", "/data/state")

    monkeypatch.setattr(plan_commands, "plan", fail)
    assert main(["plan"]) == 1
    assert capsys.readouterr().err == "stack plan: Cannot finish plan: No space left on device (/data/state).\n"


def test_ctrl_c_says_what_was_done_and_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_: Context) -> int:
        raise KeyboardInterrupt("3 of 9 changes were done")

    monkeypatch.setattr(plan_commands, "plan", stop)
    assert main(["plan"]) == 130
    assert "stack plan: interrupted: 3 of 9 changes were done. Run it again" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = "import sys; from stack.cli.main import main; sys.exit(main(['policy']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(60), said) == (0, "")


class Terminal:
    """A terminal at which somebody types one line; no terminal where ``typed`` is None."""

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
    monkeypatch.setattr(plan_commands, "repair_broken_off", lambda _: None)
    begun: list[bool] = []

    def plan() -> Any:
        begun.append(True)
        raise StackError("far enough")

    options = Options(verb="destroy", home=PROJECT, confirm=confirm)
    context: Any = SimpleNamespace(target=target, options=options, plan_of_destruction=plan)
    with pytest.raises(StackError, match=r"far enough|Pass --confirm expenses"):
        plan_commands.destroy(cast("Context", context))
    return bool(begun)


@pytest.mark.parametrize(("confirm", "typed"), [("expenses", None), (None, "expenses"), ("expenses", "other")])
def test_a_stack_on_aws_is_destroyed_once_its_name_was_given(
    monkeypatch: pytest.MonkeyPatch, confirm: str | None, typed: str | None
) -> None:
    assert destroy(monkeypatch, confirm=confirm, typed=typed)


@pytest.mark.parametrize(("confirm", "typed"), [(None, None), (None, ""), (None, "yes"), ("expense", None)])
def test_without_its_name_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, confirm: str | None, typed: str | None
) -> None:
    assert not destroy(monkeypatch, confirm=confirm, typed=typed)
