"""The command and the provisioner on the emulator: the steps of a newcomer, and a stack that others change."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import Stack
from tests.e2e.conftest import run

PROJECT = Path(__file__).parents[2]


def told(*arguments: str, home: Path) -> dict[str, Any]:
    """The JSON of a command that succeeds."""
    code, printed = run(*arguments, "--home", str(home), "--json")
    assert code in {0, 2}, printed
    return dict(json.loads(printed))


def changes(home: Path) -> dict[str, list[str]]:
    """The differing paths, by address."""
    plan = told("drift", home=home)
    return {
        change["address"]: [difference["path"] for difference in change["differences"]]
        for change in plan["changes"]
        if change["action"] != "nothing"
    }


def writes(home: Path) -> int:
    """The mutating calls of one more apply, as it counts them itself."""
    done = subprocess.run(
        [sys.executable, "-m", "stack.cli", "apply", "--home", str(home)],
        capture_output=True, text=True, check=True, timeout=600, cwd=PROJECT,
    )  # fmt: skip
    found = re.search(r"(\d+) writes", done.stderr)
    assert found, done.stderr
    return int(found[1])


class TestProvisioner:
    """On the stack that the other tests use; each test leaves it as declared."""

    @pytest.fixture
    def repaired(self, home: Path) -> Iterator[None]:
        """The stack is as declared again after a test that changed something in it."""
        yield
        assert run("apply", "--home", str(home))[0] == 0
        assert changes(home) == {}

    def test_a_second_apply_writes_nothing(self, stack: Stack, home: Path) -> None:
        assert writes(home) == 0

    @pytest.mark.parametrize("verb", ["plan", "drift", "status", "outputs"])
    def test_looking_writes_nothing(self, stack: Stack, home: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[str] = []
        monkeypatch.setattr("stack.target.target.Target._count", lambda _, model, **__: seen.append(model.name))
        run(verb, "--home", str(home))
        assert seen
        assert {name for name in seen if not name.startswith(("Get", "List", "Describe", "Head"))} == set()

    @pytest.mark.usefixtures("repaired")
    def test_a_hand_made_change_of_each_kind_is_named_and_repaired(self, stack: Stack, home: Path) -> None:
        outputs, functions = stack.outputs, stack.outputs["functions"]
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        stack.client("lambda").update_function_configuration(FunctionName=functions["reports"], Timeout=99)
        stack.client("logs").put_retention_policy(logGroupName=outputs["log_groups"]["api"], retentionInDays=1)
        stack.client("dynamodb").update_table(TableName=outputs["table_name"], DeletionProtectionEnabled=False)
        stack.client("iam").delete_role_policy(RoleName=f"{functions['profile']}-us-east-1", PolicyName="access")
        stack.client("iam").attach_role_policy(
            RoleName=f"{functions['public']}-us-east-1", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        stack.client("cognito-idp").update_user_pool_client(
            UserPoolId=outputs["user_pool_id"],
            ClientId=outputs["user_pool_client_id"],
            ClientName="expenses-users",
            RefreshTokenValidity=365,
        )
        stack.client("cognito-idp").set_user_pool_mfa_config(
            UserPoolId=outputs["user_pool_id"],
            MfaConfiguration="OFF",
            SoftwareTokenMfaConfiguration={"Enabled": False},
        )
        gateway = stack.client("apigateway")
        gateway.delete_gateway_response(restApiId=api[1], responseType="UNAUTHORIZED")
        found = changes(home)
        assert found["function.reports"] == ["live", "timeout"]
        assert found["log_group.api"] == ["retention_days"]
        assert found["table.data"] == ["deletion_protection"]
        assert "policy.Profile.actions" in found["role.profile"]
        assert found["role.public"] == ["attached"]
        assert {"client.refresh_token_days", "mfa", "totp"} <= set(found["user_pool.users"])
        assert "responses.UNAUTHORIZED.status" in found["rest_api.api"]
        assert "deployed" in found["rest_api.api"]

    @pytest.mark.usefixtures("repaired")
    def test_a_method_whose_authorizer_was_taken_off_is_drift_and_closes_again(self, stack: Stack, home: Path) -> None:
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        gateway = stack.client("apigateway")
        resource = next(
            r for r in gateway.get_resources(restApiId=api[1], limit=500)["items"] if r["path"] == "/profile"
        )
        integration = resource["resourceMethods"]["GET"]["methodIntegration"]
        at = {"restApiId": api[1], "resourceId": resource["id"], "httpMethod": "GET"}
        gateway.delete_method(**at)
        gateway.put_method(**at, authorizationType="NONE")
        gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])
        assert httpx.get(f"{stack.api_url}/profile").status_code == 401, "the function itself must refuse"
        assert changes(home)["rest_api.api"] == ["deployed", "methods.GET /profile.pool"]

    @pytest.mark.usefixtures("repaired")
    def test_another_client_and_authorizer_are_drift_and_are_taken_away(self, stack: Stack, home: Path) -> None:
        """A second client of our pool, and a second authorizer of our API that asks another pool."""
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        cognito, gateway = stack.client("cognito-idp"), stack.client("apigateway")
        pool = cognito.create_user_pool(PoolName="theirs")["UserPool"]
        cognito.create_user_pool_client(UserPoolId=stack.outputs["user_pool_id"], ClientName="not-ours")
        gateway.create_authorizer(
            restApiId=api[1],
            name="not-ours",
            type="COGNITO_USER_POOLS",
            providerARNs=[pool["Arn"]],
            identitySource="method.request.header.Authorization",
        )
        found = changes(home)
        assert found["user_pool.users"] == ["other_clients"]
        assert {path.partition(".")[0] for path in found["rest_api.api"]} == {"authorizers", "deployed"}
        assert run("apply", "--home", str(home))[0] == 0
        clients = cognito.list_user_pool_clients(UserPoolId=stack.outputs["user_pool_id"])["UserPoolClients"]
        assert [client["ClientName"] for client in clients] == ["expenses-users"]
        assert [
            each["name"] for each in gateway.get_authorizers(restApiId=api[1])["items"] if each["name"] == "not-ours"
        ] == []
        assert stack.api(stack.sign_up()).get("/expenses")["items"] == []

    @pytest.mark.usefixtures("repaired")
    def test_a_deleted_function_is_made_again_and_the_api_may_call_it(self, stack: Stack, home: Path) -> None:
        stack.client("lambda").delete_function(FunctionName=stack.outputs["functions"]["public"])
        assert {"function.public", "rest_api.api"} <= changes(home).keys()
        assert run("apply", "--home", str(home))[0] == 0
        assert httpx.get(f"{stack.api_url}/health").status_code == 200

    @pytest.mark.usefixtures("repaired")
    def test_the_gateway_throttles_with_a_problem_and_a_time_to_wait(self, stack: Stack, home: Path) -> None:
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        patches = [
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"},
            {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "1"},
        ]
        stack.client("apigateway").update_stage(restApiId=api[1], stageName="v1", patchOperations=patches)
        caller = stack.api()
        answers = [caller.call("GET", "/health") for _ in range(5)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert int(refused[0].headers["retry-after"]) >= 1
        assert refused[0].json()["code"] == "throttled"
        assert changes(home)["rest_api.api"] == ["stage.burst", "stage.rate"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--name", "Bad_Name"), "lower-case letters"),
        (("plan", "--target", "aws"), "needs the account"),
        (("plan", "--target", "aws", "--endpoint-url", "http://127.0.0.1:1"), "takes no endpoint"),
        (("plan", "--endpoint-url", "https://dynamodb.us-east-1.amazonaws.com"), "must not call Amazon"),
        (("plan", "--endpoint-url", "http://127.0.0.1:1"), "Cannot reach http://127.0.0.1:1"),
        (("plan", "--target", "localstack"), "needs an endpoint. Pass --endpoint-url"),
        (("invoke", "nothing", "--event", "/nonexistent"), "File '/nonexistent' does not exist"),
        (("logs", "nothing"), "Cannot read the logs of nothing: the stack has no function of that name."),
    ],
)
def test_a_wrong_command_is_one_sentence_and_touches_nothing(
    stack: Stack, home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, _ = run(*arguments, "--home", str(home))
    printed = capsys.readouterr().err
    assert code == 1
    assert said in printed
    assert "Traceback" not in printed
