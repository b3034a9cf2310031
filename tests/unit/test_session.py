"""Clients for an emulator reach it on a machine that is set up for something else."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, DEFAULT_S3_CONFIG_VARS

from seed.deployment import Deployment
from stack.target.session import emulator_client, emulator_session
from stack.target.target import connect
from stack.target.target_kind import TargetKind
from stack.testing import ExpenseStack, SignedIn

VARIABLES = sorted(
    variable
    for table in (BOTOCORE_DEFAUT_SESSION_VARIABLES, DEFAULT_S3_CONFIG_VARS)
    for _, variable, _, _ in table.values()
    if isinstance(variable, str)
)
"""Every variable of the environment that botocore itself says it reads."""
NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""
PROXIES = {name: NOBODY for each in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") for name in (each, each.lower())}
HOSTILE_FILE = """
[default]
region = eu-north-1
endpoint_url = http://127.0.0.1:9
services = elsewhere
use_fips_endpoint = true
use_dualstack_endpoint = true
defaults_mode = mobile
retry_mode = nonsense
max_attempts = 77
ca_bundle = /nonexistent
account_id_endpoint_mode = required
s3 =
  use_accelerate_endpoint = true
  use_dualstack_endpoint = true
  addressing_style = virtual

[services elsewhere]
s3 =
  endpoint_url = http://127.0.0.1:9
dynamodb =
  endpoint_url = http://127.0.0.1:9
"""
MACHINES = {
    "a company's proxy": PROXIES,
    "a profile that does not exist": {"AWS_PROFILE": "gone", "AWS_DEFAULT_PROFILE": "gone"},
    "a configuration file that does not parse": {"AWS_CONFIG_FILE": "broken", "AWS_SHARED_CREDENTIALS_FILE": "broken"},
    "a configuration file for another endpoint": {"AWS_CONFIG_FILE": "hostile"},
    "endpoints in the environment": {
        "AWS_ENDPOINT_URL": NOBODY,
        "AWS_ENDPOINT_URL_S3": NOBODY,
        "AWS_ENDPOINT_URL_DYNAMODB": NOBODY,
    },
    "another region and credentials": {
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    },
    "every variable of botocore": dict.fromkeys(VARIABLES, "nonsense"),
    "every switch of botocore": {**dict.fromkeys(VARIABLES, "true"), "AWS_CONFIG_FILE": "hostile"},
}

Seen = list[tuple[str, str, str]]


class Emulator(http.server.ThreadingHTTPServer):
    """Answers every request with an empty document, and keeps method, path and authorization of each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.seen: Seen = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Emulator

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers["Authorization"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_HEAD = do_POST  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=MACHINES, autouse=True)
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is set up for something else than the emulator."""
    (tmp_path / "broken").write_text("this is [no configuration")
    (tmp_path / "hostile").write_text(HOSTILE_FILE)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in MACHINES[request.param].items():
        is_file = variable in {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} and value in {"broken", "hostile"}
        monkeypatch.setenv(variable, str(tmp_path / value) if is_file else value)


def clients(url: str) -> Iterator[tuple[object, object]]:
    """The clients of an S3 and of a DynamoDB, as each part of the project gets them."""
    outputs = {"target": "local", "endpoint_url": url, "region": "us-east-1"}
    target = connect(TargetKind.LOCAL, stack="expenses", region=None, endpoint_url=url)
    yield target.client("s3"), target.client("dynamodb")
    deployment = Deployment(target.session, url, outputs)
    yield deployment.s3(), deployment.dynamodb()
    nobody = SignedIn("", "", "", "", "")
    stack = ExpenseStack(outputs, (nobody, nobody))
    yield stack.client("s3"), stack.client("dynamodb")
    plain = {"endpoint_url": url, "region": "us-east-1"}
    yield emulator_client("s3", **plain), emulator_client("dynamodb", **plain)


def test_provisioner_seed_and_fixture_reach_the_emulator_as_its_root_user(emulator: Emulator) -> None:
    for s3, dynamodb in clients(emulator.url):
        emulator.seen.clear()
        s3.head_bucket(Bucket="some-bucket")  # type: ignore[attr-defined]
        dynamodb.list_tables()  # type: ignore[attr-defined]

        assert [(method, path) for method, path, _ in emulator.seen] == [("HEAD", "/some-bucket"), ("POST", "/")]
        for _, _, authorization in emulator.seen:
            assert "Credential=test/" in authorization
            assert "/us-east-1/" in authorization


def test_a_session_of_an_emulator_has_no_region_and_no_profile_of_its_own() -> None:
    session = emulator_session()
    assert session.region_name is None
    assert session.profile_name == "default"
    assert isinstance(session, boto3.Session)
