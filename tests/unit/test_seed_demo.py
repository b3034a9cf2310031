"""The demo users: able to sign in, with spending of their own; and on AWS with no password that is public."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from checks.deployment import Deployment
from checks.verify import verify
from handlers.store import keys
from seed.demo import DEMO_EMAIL, DEMO_PASSWORD, PASSWORD_VARIABLE
from seed.load import LoadReport, load_demo, yesterday
from stack.errors import StackError
from stack.users import Users
from tests.unit.table import dynamodb_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.table import Table

REGION = "eu-central-1"
ELSEWHERE = "http://127.0.0.1:4566"
CHOSEN = "Chosen-by-1-of-us"
LAST_DAY = dt.date(2026, 3, 8)


@pytest.fixture
def table() -> Iterator[Table]:
    with dynamodb_table() as table:
        yield table


@pytest.fixture
def session(table: Table) -> boto3.Session:
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=REGION)


@pytest.fixture
def outputs(table: Table, session: boto3.Session) -> dict[str, str]:
    """Of a stack with a pool as the topology makes it: e-mail as user name, sign-in by password for curl."""
    cognito = session.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users", UsernameAttributes=["email"])["UserPool"]["Id"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    return {
        "region": REGION,
        "table_name": table.name,
        "user_pool_id": pool,
        "user_pool_client_id": made["UserPoolClient"]["ClientId"],
    }


class Demo:
    """The stack, and what loading demo data into it said."""

    def __init__(self, session: boto3.Session, outputs: dict[str, str]) -> None:
        self.session, self.outputs = session, outputs
        self.cognito = session.client("cognito-idp")
        self.pool = outputs["user_pool_id"]
        self.said: list[str] = []

    def load(self, **options: int) -> LoadReport:
        """An AWS in memory is reached by no address of its own."""
        self.said.clear()
        return load_demo(self.session, None, self.outputs, **{"months": 0, **options}, say=self.said.append)

    def sign_in(self, password: str) -> dict[str, Any]:
        return dict(
            self.cognito.initiate_auth(
                ClientId=self.outputs["user_pool_client_id"],
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": DEMO_EMAIL, "PASSWORD": password},
            )["AuthenticationResult"]
        )

    def users(self) -> list[str]:
        return [user["Username"] for user in self.cognito.list_users(UserPoolId=self.pool)["Users"]]


@pytest.fixture
def on_aws(session: boto3.Session, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Demo:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr("seed.load.yesterday", lambda: LAST_DAY)
    return Demo(session, outputs)


@pytest.fixture
def local(on_aws: Demo, monkeypatch: pytest.MonkeyPatch) -> Demo:
    monkeypatch.setattr(Deployment, "on_aws", False)
    return on_aws


def test_the_demo_user_can_sign_in_and_has_spending_up_to_the_last_day(local: Demo, table: Table) -> None:
    report = local.load()

    dates = [item["date"] for item in table.items().values() if "date" in item]
    assert local.sign_in(DEMO_PASSWORD)["IdToken"]
    assert (report.users, report.rows_written, report.rows_present) == (1, len(dates), 0)
    assert len(dates) > 10
    assert max(dates) <= LAST_DAY.isoformat()
    assert DEMO_EMAIL in local.said[0]


def test_no_row_says_that_it_was_created_in_the_future(
    local: Demo, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seed.load.yesterday", yesterday)
    local.load()

    now = dt.datetime.now(dt.UTC).isoformat()
    assert all(item["created_at"] < now for item in table.items().values() if "created_at" in item)


def test_months_are_whole_ones_before_the_last_day(local: Demo, table: Table) -> None:
    local.load(months=1)

    dates = {item["date"] for item in table.items().values() if "date" in item and item["date"] > "2025"}
    assert min(dates) in {"2026-02-01", "2026-02-02"}


def test_the_spending_belongs_to_the_sub_of_the_demo_user(local: Demo, table: Table) -> None:
    local.load()

    assert {keys.owner(item["pk"]) for item in table.items().values()} == set(local.users())


def test_loading_again_makes_nobody_and_says_that_nothing_was_written(local: Demo) -> None:
    first, users = local.load(), local.users()

    second = local.load()

    assert (second.rows_written, second.rows_present) == (0, first.rows_written)
    assert local.users() == users
    assert "nothing written" in local.said[0]


def test_each_of_several_users_has_spending_of_their_own(local: Demo, table: Table) -> None:
    report = local.load(users=3)

    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    owners = {item["pk"]["S"] for page in pages for item in page["Items"]}
    assert report.users == len(owners) == len(local.users()) == 3
    assert len(local.said) == 3
    assert verify(local.session, None, local.outputs, lambda _: None) == ()


def test_scale_multiplies_what_is_bought_and_leaves_the_rest_alone(local: Demo) -> None:
    once = local.load().rows_written

    assert local.load(scale=9).rows_written > 3 * once
    assert local.load().rows_written == 0


@pytest.mark.parametrize("options", [{"users": 0}, {"scale": 0}, {"months": -1}, {"months": 12_000}])
def test_an_impossible_request_is_refused_in_a_sentence_and_makes_nobody(local: Demo, options: dict[str, int]) -> None:
    with pytest.raises(StackError, match="Cannot"):
        local.load(**options)

    assert local.users() == []


def test_a_table_that_is_not_there_is_named_in_the_refusal(local: Demo) -> None:
    local.outputs["table_name"] = "elsewhere"

    with pytest.raises(StackError, match="elsewhere: Query answered ResourceNotFoundException"):
        local.load()


def test_on_aws_the_public_password_is_refused_and_nobody_is_made(on_aws: Demo) -> None:
    with pytest.raises(StackError, match=PASSWORD_VARIABLE):
        on_aws.load()

    assert on_aws.users() == []


def test_on_aws_the_chosen_password_is_used(on_aws: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, CHOSEN)

    on_aws.load(months=0)

    assert on_aws.sign_in(CHOSEN)["IdToken"]


@pytest.mark.parametrize(
    ("endpoint_url", "target", "on_aws"),
    [
        (None, "local", True),
        (ELSEWHERE, "aws", True),
        (ELSEWHERE, "local", False),
        (ELSEWHERE, "localstack", False),
    ],
)
def test_a_stack_is_local_only_at_an_address_of_its_own_and_on_another_target_than_aws(
    endpoint_url: str | None, target: str, on_aws: bool
) -> None:
    assert Deployment(boto3.Session(), endpoint_url, {"target": target}).on_aws is on_aws


def test_a_user_left_without_a_password_gets_one_and_one_who_has_a_password_keeps_it(local: Demo) -> None:
    email = [{"Name": "email", "Value": DEMO_EMAIL}]
    local.cognito.admin_create_user(
        UserPoolId=local.pool,
        Username=DEMO_EMAIL,
        UserAttributes=email,  # type: ignore[arg-type]
    )

    users = Users(local.cognito, local.pool)
    first = users.ensure(DEMO_EMAIL, DEMO_PASSWORD).sub
    second = users.ensure(DEMO_EMAIL, CHOSEN).sub

    assert local.sign_in(DEMO_PASSWORD)["IdToken"]
    assert [first] == [second] == local.users()
