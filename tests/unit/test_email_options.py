"""The options of a sender in SES: both or neither, each checked before anything is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stack.cli.context import Context
from stack.cli.main import main
from stack.cli.options import Options
from stack.errors import StackError
from stack.target.target_kind import TargetKind
from tests.unit.test_topology import of, target

SENDER = "tracker@example.com"
IDENTITY = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"


def context(**given: Any) -> Context:
    made = Context(Options(verb="plan", home=Path("/nowhere"), **given))
    made.__dict__["target"] = target(TargetKind.AWS)
    return made


def test_the_sender_of_the_user_pool_is_declared_and_passed_on_to_a_watched_apply() -> None:
    made = context(email_from=SENDER, email_arn=IDENTITY)
    pool = of(made.topology, "user_pool")["users"]
    assert (pool.email_from, pool.email_arn) == (SENDER, IDENTITY)
    assert made.apply_arguments()[-4:] == ["--email-from", SENDER, "--email-arn", IDENTITY]


@pytest.mark.parametrize("given", [{"email_from": SENDER}, {"email_arn": IDENTITY}])
def test_one_of_the_two_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(StackError, match="Pass both --email-from and --email-arn, or neither"):
        _ = context(**given).topology


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("--email-from", "nobody", "is not an e-mail address"), ("--email-arn", "arn:aws:sns:x", "is not the ARN of an")],
)
def test_a_value_that_ses_cannot_have_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str, told: str
) -> None:
    assert main(["plan", option, value]) == 1
    assert told in capsys.readouterr().err
