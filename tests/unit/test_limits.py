"""What an emulator takes and AWS would not is refused before anything is called, with the address and the rule."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import boto3
import pytest

from stack.engine import limits
from stack.engine.engine import Engine
from stack.engine.model import Desired
from stack.errors import TopologyError
from stack.kinds import KINDS, kinds
from stack.kinds.bucket.props import CorsRule
from stack.kinds.dashboard import DashboardProps
from stack.kinds.function.props import Failures
from stack.kinds.policy import Statement
from stack.target.target import Target
from stack.target.target_kind import TargetKind
from stack.topology.options import Options
from stack.topology.topology import topology


def target() -> Target:
    return Target(
        TargetKind.AWS,
        stack="a" * 20,
        region="ap-southeast-2",
        account_id="123456789012",
        endpoint_url=None,
        session=boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="ap-southeast-2"),
    )


DECLARED = {each.address: each for each in topology(target(), Options(web_origin="https://app.example.com"))}
DECLARED |= {"dashboard.sample": Desired("dashboard.sample", "sample", DashboardProps('{"widgets": []}'))}
FUNCTION, API, POOL = DECLARED["function.public"], DECLARED["rest_api.api"], DECLARED["user_pool.users"]
STATEMENT = Statement("Big", tuple(f"s3:Action{number}" for number in range(900)), ("arn:aws:s3:::b",))
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("function.public", {"timeout": 901}, "timeout is 1 to 900 seconds, not 901"),
    ("function.public", {"memory": 64}, "memory is 128 to 10,240 MiB, not 64"),
    ("function.public", {"layers": tuple("abcdef")}, "layers has at most 5 layers"),
    ("function.public", {"description": "d" * 257}, "description has at most 256 characters"),
    ("function.public", {"environment": {"A_B": "x" * 4096}}, "environment takes at most 4,096 bytes"),
    ("function.public", {"environment": {"A-B": "x"}}, "environment has names of letters, digits and _"),
    ("function.public", {"failures": Failures("arn", 3)}, "failures.retries is 0 to 2, not 3"),
    ("role.public", {"policy": (STATEMENT,)}, "policy has at most 10,240 characters"),
    ("role.public", {"description": "d" * 1001}, "description has at most 1,000 characters"),
    ("log_group.public", {"retention_days": 8}, "retention_days is one of"),
    ("queue.erasures", {"visibility": 43_201}, "visibility is 0 to 43,200 seconds, not 43201"),
    ("queue.erasures", {"retention": 59}, "retention is 60 to 1,209,600 seconds, not 59"),
    ("queue.erasures", {"max_receives": 1001}, "max_receives is 0 to 1,000, not 1001"),
    ("alarm.dead_letters", {"period": 45}, "period is 10, 30 or a multiple of 60 seconds, not 45"),
    ("alarm.dead_letters", {"period": 0}, "period is 10, 30 or a multiple of 60 seconds, not 0"),
    ("alarm.dead_letters", {"periods": 0}, "periods is 1 to 1,440, not 0"),
    ("alarm.dead_letters", {"statistic": "p101"}, "statistic is a statistic or a percentile of CloudWatch, not 'p101'"),
    ("alarm.dead_letters", {"statistic": "IQM"}, "statistic is a statistic or a percentile of CloudWatch, not 'IQM'"),
    ("alarm.dead_letters", {"actions": tuple("abcdef")}, "actions has at most 5 actions"),
    ("alarm.dead_letters", {"description": "d" * 1025}, "description has at most 1,024 characters"),
    ("alarm.dead_letters", {"dimensions": dict.fromkeys(map(str, range(31)), "x")}, "dimensions has at most 30"),
    ("bucket.web", {"cors": (CorsRule("*", ("GET",)),) * 101}, "cors has at most 100 rules"),
    ("bucket.web", {"lifecycle": (None,) * 1001}, "lifecycle has at most 1,000 rules"),
    ("dashboard.sample", {"body": "[]"}, "body is a JSON object with a list of widgets"),
    ("dashboard.sample", {"body": json.dumps({"widgets": [{}] * 500})}, "body has at most 499 widgets"),
    ("topic.alarms", {"email": "a b@example.com"}, "email is an e-mail address of letters, digits and ._+=-"),
    ("topic.alarms", {"display_name": "d" * 101}, "display_name has at most 100 characters"),
    ("table.data", {"partition_key": "k" * 256}, "partition_key has at most 255 characters"),
    ("table.data", {"sort_key": "k" * 256}, "sort_key has at most 255 characters"),
    ("table.data", {"local_indexes": (None,) * 6}, "local_indexes has at most 5 indexes"),
    ("rest_api.api", {"description": "d" * 1025}, "description has at most 1,024 characters"),
    ("rest_api.api", {"stage": replace(API.props.stage, rate=-1.0)}, "stage.rate is not negative, not -1.0"),
    ("rest_api.api", {"stage": replace(API.props.stage, burst=-1)}, "stage.burst is not negative, not -1"),
    ("rest_api.api", {"models": (replace(API.props.models[0], name="a-b"),)}, "models.0.name has letters and digits"),
    ("rest_api.api", {"models": (replace(API.props.models[0], schema="{"),)}, "models.0.schema is a JSON object"),
    (
        "rest_api.api",
        {"authorizers": (replace(API.props.authorizers[0], ttl=3601),)},
        "authorizers.0.ttl is 0 to 3,600",
    ),
    ("user_pool.users", {"password": replace(POOL.props.password, minimum_length=5)}, "password.minimum_length is 6"),
    ("user_pool.users", {"password": replace(POOL.props.password, temporary_days=366)}, "password.temporary_days is 0"),
    ("user_pool.users", {"email_arn": "arn:aws:sns:x"}, "email_arn is the ARN of an identity in SES, not 'arn:aws:sns"),
    *(
        ("user_pool.users", {"client": replace(POOL.props.client, **{name: value})}, f"client.{name} is ")
        for name, value in (("id_token_minutes", 4), ("access_token_minutes", 1441), ("refresh_token_days", 3651))
    ),
]


def with_props(address: str, **changes: Any) -> Desired[Any]:
    return replace(DECLARED[address], props=replace(DECLARED[address].props, **changes))


def check(topology: Iterable[Desired[Any]]) -> None:
    limits.check(topology, {kind.name: kind for kind in KINDS})  # type: ignore[misc]  # only class attributes are read


def test_the_topology_keeps_every_limit_under_the_longest_name() -> None:
    check(DECLARED.values())


@pytest.mark.parametrize(("address", "changes", "told"), WRONG, ids=[f"{a}-{t[:30]}" for a, _, t in WRONG])
def test_what_aws_would_refuse_is_refused_with_its_address_and_the_rule(
    address: str, changes: dict[str, Any], told: str
) -> None:
    assert refusal(with_props(address, **changes)).startswith(f"{address}: {told}")


def test_every_limit_has_a_value_that_breaks_it() -> None:
    told = {refusal(with_props(address, **changes)) for address, changes, _ in WRONG}
    unbroken = [
        (kind.name, limit.path, limit.rule)
        for kind in KINDS
        for limit in kind.limits
        if not any(line.startswith(f"{kind.name}.") and f" {limit.rule}, not" in line for line in told)
    ]
    assert unbroken == []


def without_refs(props: Any) -> Any:
    """The same, referring to nothing, so that it stands alone."""
    changes: dict[str, Any] = {each: "" for each in ("role", "log_group", "dead_letters") if hasattr(props, each)}
    if hasattr(props, "layers"):
        changes |= {"layers": (), "environment": {}}
    return replace(props, **changes)


def refusal(*wrong: Desired[Any]) -> str:
    with pytest.raises(TopologyError) as refused:
        check(wrong)
    return str(refused.value)


def test_no_variable_is_told_but_by_its_name() -> None:
    told = refusal(with_props("function.public", environment={"TOKEN": "s3cret" * 1000}))
    assert told.endswith("not ['TOKEN']")


def test_variables_are_counted_in_bytes_as_they_are_sent() -> None:
    check([with_props("function.public", environment={"NAME": "é" * 2000})])


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_name_that_is_too_long_is_refused_with_its_length(kind: str) -> None:
    desired = next(each for each in DECLARED.values() if each.kind == kind)
    with pytest.raises(TopologyError, match=rf"^{desired.address}: the name 'x+' \(600 characters\) does not match"):
        check([replace(desired, name="x" * 600)])


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_called() -> None:
    wrong = (with_props("function.public", timeout=0, memory=1), with_props("queue.erasures", retention=1))
    engine = Engine(kinds(target()), "s")
    with pytest.raises(TopologyError) as refused:
        engine.plan(tuple(replace(each, props=without_refs(each.props)) for each in wrong))
    at = [line.partition(":")[0] for line in str(refused.value).splitlines()]
    assert at == ["function.public", "function.public", "queue.erasures"]
