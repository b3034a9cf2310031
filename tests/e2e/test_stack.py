"""The command and the provisioner on the emulator: what a newcomer does, and what befalls a stack."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.local import emulator_status
from tests.e2e.api import COFFEE, STOCK, Stack
from tests.e2e.conftest import run

PROJECT = Path(__file__).parents[2]


def told(*arguments: str, home: Path) -> dict[str, Any]:
    """The JSON of a command that succeeds."""
    code, printed = run(*arguments, "--home", str(home), "--json")
    assert code in {0, 2}, printed
    return dict(json.loads(printed))


def changes(home: Path) -> dict[str, list[str]]:
    """What differs, by address: the paths of its properties."""
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
        capture_output=True, text=True, check=True, timeout=120, cwd=PROJECT,
    )  # fmt: skip
    found = re.search(r"(\d+) writes", done.stderr)
    assert found, done.stderr
    return int(found[1])


class TestProvisioner:
    """On the stack that the other tests use; each test leaves it as declared."""

    @pytest.fixture(autouse=True)
    def as_declared(self, stack: Stack, home: Path) -> Iterator[None]:
        assert changes(home) == {}
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

    def test_a_hand_made_change_of_each_kind_is_named_and_repaired(self, stack: Stack, home: Path) -> None:
        outputs, functions = stack.outputs, stack.outputs["functions"]
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        stack.client("lambda").update_function_configuration(FunctionName=functions["reports"], Timeout=99)
        stack.client("logs").put_retention_policy(logGroupName=outputs["log_groups"]["api"], retentionInDays=1)
        stack.client("dynamodb").update_table(TableName=outputs["table_name"], DeletionProtectionEnabled=False)
        stack.client("iam").delete_role_policy(RoleName=functions["profile"], PolicyName="access")
        stack.client("iam").attach_role_policy(
            RoleName=functions["public"], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
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
        assert "refusals.UNAUTHORIZED.status" in found["rest_api.api"]
        assert "deployed" in found["rest_api.api"]

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

    def test_what_lets_others_in_is_drift_and_is_taken_away(self, stack: Stack, home: Path) -> None:
        """A second client of our pool, and a second authorizer of our API that asks another pool."""
        api = re.search(r"execute-api/(\w+)/", stack.api_url)
        assert api
        cognito, gateway = stack.client("cognito-idp"), stack.client("apigateway")
        pool = cognito.create_user_pool(PoolName="theirs")["UserPool"]
        cognito.create_user_pool_client(UserPoolId=stack.outputs["user_pool_id"], ClientName="back-door")
        gateway.create_authorizer(
            restApiId=api[1],
            name="back-door",
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
            each["name"] for each in gateway.get_authorizers(restApiId=api[1])["items"] if each["name"] == "back-door"
        ] == []
        assert stack.api(stack.sign_up()).get("/expenses")["items"] == []

    def test_a_deleted_function_is_made_again_and_the_api_may_call_it(self, stack: Stack, home: Path) -> None:
        stack.client("lambda").delete_function(FunctionName=stack.outputs["functions"]["public"])
        assert {"function.public", "rest_api.api"} <= changes(home).keys()
        assert run("apply", "--home", str(home))[0] == 0
        assert httpx.get(f"{stack.api_url}/health").status_code == 200

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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, so that its handlers can be edited."""
    for name in ("stack", "handlers", "seed", "pyproject.toml", "uv.lock"):
        source = PROJECT / name
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path / name)
    for name in (".venv-emulator", ".venv-runtime"):
        (tmp_path / name).symlink_to(PROJECT / name)
    return tmp_path


class TestLife:
    """A stack of its own, that is killed, edited and destroyed."""

    @pytest.fixture
    def place(self, project: Path) -> Iterator[Path]:
        place = project / "home"
        yield place
        self.command(project, "down", "--home", str(place))

    @staticmethod
    def command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "stack.cli", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def test_a_stack_from_nothing_to_nothing(self, project: Path, place: Path) -> None:
        """One story, since each step begins where the last one ended."""
        where = ("--home", str(place), "--port", "0")
        first = self.command(project, "up", *where, "--json")
        assert first.returncode == 0, first.stderr
        stack = Stack(json.loads(first.stdout))
        demo = stack.outputs["demo"]
        rows = stack.api(stack.log_in(demo["email"], demo["password"])).get("/expenses", params={"limit": 200})
        assert len(rows["items"]) == 200
        assert self.command(project, "verify", *where).returncode == 0

        again = self.command(project, "up", *where, "--json")
        assert "nothing to change" in again.stderr
        assert "nothing written" in again.stderr
        assert json.loads(again.stdout) == stack.outputs

        user = stack.sign_up()
        made = stack.api(user).create()
        self.an_edit_goes_live_without_a_lost_request(project, stack, where)

        assert self.command(project, "down", *where).returncode == 0
        port = str(stack.outputs["endpoint_url"].rpartition(":")[2])
        where = ("--home", str(place), "--port", port)
        assert self.command(project, "up", *where, "--json").returncode == 0
        assert stack.api(user).get(f"/expenses/{made['id']}") == made

        running = emulator_status(place)
        assert running
        # As published, MiniStack has no snapshots, and would lose everything.
        os.kill(running.pid, signal.SIGTERM if STOCK else signal.SIGKILL)
        revived = self.command(project, "up", *where, "--json")
        assert revived.returncode == 0, revived.stderr
        assert stack.api(user).get(f"/expenses/{made['id']}") == made
        assert self.command(project, "verify", *where).returncode == 0

        kept = self.command(project, "destroy", *where)
        assert kept.returncode == 0, kept.stderr
        assert "table.data" in kept.stderr
        assert "--delete table.data" in kept.stderr
        assert stack.client("lambda").list_functions()["Functions"] == []
        assert stack.client("dynamodb").list_tables()["TableNames"] == [stack.outputs["table_name"]]
        assert self.command(project, "apply", *where).returncode == 0
        assert stack.api(user).get(f"/expenses/{made['id']}") == made

        gone = self.command(project, "destroy", "--all", *where)
        assert gone.returncode == 0, gone.stderr
        assert remains(stack) == []

    def an_edit_goes_live_without_a_lost_request(self, project: Path, stack: Stack, where: tuple[str, ...]) -> None:
        source = project / "handlers" / "functions" / "public.py"
        original = source.read_text()
        statuses: set[int] = set()
        over = threading.Event()

        def ask() -> None:
            with httpx.Client(timeout=30) as http:
                while not over.is_set():
                    statuses.add(http.get(f"{stack.api_url}/health").status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            source.write_text(original.replace('Health(status="ok")', 'Health(status="edited")'))
            applied = self.command(project, "apply", *where)
            assert applied.returncode == 0, applied.stderr
            assert httpx.get(f"{stack.api_url}/health").json() == {"status": "edited"}
            source.write_text("this is no Python")
            broken = self.command(project, "apply", *where)
            assert broken.returncode == 1
            assert "handlers/functions/public.py does not compile" in broken.stderr
            source.write_text("raise RuntimeError('at import')")
            failing = self.command(project, "apply", *where)
            assert failing.returncode == 1
            assert "fails its warm-up and was not put live" in failing.stderr
            assert httpx.get(f"{stack.api_url}/health").json() == {"status": "edited"}
        finally:
            over.set()
            asking.join()
            source.write_text(original)
        assert statuses == {200}
        assert self.command(project, "apply", *where).returncode == 0


def remains(stack: Stack) -> list[str]:
    """Everything that a full destroy should have taken, by asking each service."""
    found = [f["FunctionName"] for f in stack.client("lambda").list_functions()["Functions"]]
    found += [each["LayerName"] for each in stack.client("lambda").list_layers()["Layers"]]
    found += stack.client("dynamodb").list_tables()["TableNames"]
    found += [pool["Name"] for pool in stack.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]]
    found += [api["name"] for api in stack.client("apigateway").get_rest_apis()["items"]]
    found += [role["RoleName"] for role in stack.client("iam").list_roles()["Roles"]]
    groups = stack.client("logs").describe_log_groups()["logGroups"]
    return found + [group["logGroupName"] for group in groups]


def test_an_expense_survives_in_the_logs_only_as_an_operation(stack: Stack) -> None:
    """No line shows a token, an e-mail, a sub, a merchant or a note."""
    user = stack.sign_up()
    api = stack.api(user)
    made = api.create(merchant="Secret Shop", note="a private word")
    api.call("POST", "/expenses", json={**COFFEE, "merchant": "Secret Shop", "amount": "x"})
    time.sleep(0.3)
    events = stack.client("logs").filter_log_events(logGroupName=stack.outputs["log_groups"]["expenses"])["events"]
    text = "\n".join(event["message"] for event in events)
    assert '"operation":"create_expense"' in text.replace('": "', '":"')
    for secret in (user.sub, user.email, user.id_token, "Secret Shop", "a private word", made["id"]):
        assert secret not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--name", "Bad_Name"), "lower-case letters"),
        (("plan", "--target", "aws"), "needs the account"),
        (("plan", "--target", "aws", "--endpoint-url", "http://127.0.0.1:1"), "was given the endpoint"),
        (("plan", "--endpoint-url", "https://dynamodb.us-east-1.amazonaws.com"), "must not talk to Amazon"),
        (("plan", "--endpoint-url", "http://127.0.0.1:1"), "nothing answers at http://127.0.0.1:1"),
        (("plan", "--target", "localstack"), "needs --endpoint-url"),
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
