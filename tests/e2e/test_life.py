"""A stack of its own from nothing to nothing: made, edited, stopped, killed and destroyed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stack.local import emulator_status
from stack.local.environments import PROJECT
from tests.e2e.api import STOCK, Stack


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, so that its handlers can be edited."""
    for name in ("stack", "handlers", "checks", "seed", "pyproject.toml", "uv.lock"):
        source = PROJECT / name
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path / name)
    for name in (".environments", ".builds"):
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
            timeout=600,
            check=False,
        )

    @pytest.mark.timeout(1800)
    def test_a_stack_from_nothing_to_nothing(self, project: Path, place: Path) -> None:
        """One story, since each step begins where the last one ended."""
        where = ("--home", str(place), "--port", "0")
        first = self.command(project, "up", *where, "--json")
        assert first.returncode == 0, first.stderr
        stack = Stack(json.loads(first.stdout))
        demo = stack.outputs["demo"]
        rows = stack.api(stack.log_in(demo["email"], demo["password"])).get("/expenses", params={"limit": 200})
        assert len(rows["items"]) == 200

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
            with httpx.Client(timeout=120) as http:
                while not over.is_set():
                    statuses.add(http.get(f"{stack.api_url}/health").status_code)
                    over.wait(0.01)

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
            assert "its warm-up call fails" in failing.stderr
            assert httpx.get(f"{stack.api_url}/health").json() == {"status": "edited"}
        finally:
            over.set()
            asking.join()
            source.write_text(original)
        assert statuses == {200}
        assert self.command(project, "apply", *where).returncode == 0


def remains(stack: Stack) -> list[str]:
    """Everything that a full destroy should have deleted, asked of each service."""
    found = [f["FunctionName"] for f in stack.client("lambda").list_functions()["Functions"]]
    found += [each["LayerName"] for each in stack.client("lambda").list_layers()["Layers"]]
    found += stack.client("dynamodb").list_tables()["TableNames"]
    found += [pool["Name"] for pool in stack.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]]
    found += [api["name"] for api in stack.client("apigateway").get_rest_apis()["items"]]
    found += [role["RoleName"] for role in stack.client("iam").list_roles()["Roles"]]
    groups = stack.client("logs").describe_log_groups()["logGroups"]
    return found + [group["logGroupName"] for group in groups]
