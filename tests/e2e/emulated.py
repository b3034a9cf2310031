"""Clients and small resources for the tests of the emulator itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from stack.local import Running, emulator_start

if TYPE_CHECKING:
    from collections.abc import Callable

PROC = Path("/proc")
TABLE = "ledger"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": "lambda.amazonaws.com"}}]}"""


def start(home: Path, **options: Any) -> Running:
    """Start an emulator on a free port that takes snapshots only on request, and ends with the tests."""
    return emulator_start(home, 0, **{"snapshot_seconds": 0, "lent": True, **options})


def client(running: Running, service: Any, key: str = "test", secret: str = "test") -> Any:
    """A client, of root by default, that neither retries nor needs a name to be resolved."""
    return boto3.client(
        service,
        endpoint_url=running.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def make_table(running: Running) -> Any:
    """Make TABLE; its client."""
    dynamodb = client(running, "dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def make_function(running: Running, name: str, source: str, **options: Any) -> str:
    """Make a function of this source, with a role of its own; its ARN."""
    role = client(running, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    made = client(running, "lambda").create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": zipped({"app.py": source})},
        **{"Runtime": "python3.11", **options},
    )
    return str(made["FunctionArn"])


def refused(code: str, call: Callable[[], Any]) -> bool:
    """Whether AWS refuses this call, with this code."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] == code
    return False


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A zip of these files, the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def processes_of(folder: Path) -> list[bytes]:
    """The command lines of the running processes that name this folder."""
    lines = [_content(file) for file in PROC.glob("[0-9]*/cmdline")]
    return [line for line in lines if str(folder).encode() in line]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it ended meanwhile
        return b""
