"""LocalStack 4.14.0 core as a child process: installed when first asked for, started on loopback, stopped by pid.

It is LocalStack's open code from PyPI, not the image of today, which needs an account. It has neither Cognito nor
CloudFront, and no table without a download; what it does have, it often takes stricter than others.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from stack.local import EmulatorError, handlers_python
from stack.local.environments import Environment, ensure
from tests.localstack import python

CORE = Path(__file__).parent / "core"
START_SECONDS = 60.0
STOP_SECONDS = 3.0
SERVICES = ("apigateway", "cloudwatch", "iam", "lambda", "logs", "resourcegroupstaggingapi", "s3", "sns", "sqs", "sts")
"""All that it has of what we use, but for DynamoDB: it would download a program that is pinned nowhere."""

# A proxy in the environment must not be asked for an address on this machine.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Unavailable(Exception):  # noqa: N818
    """Why LocalStack's open core cannot run on this machine."""


def installed() -> Path:
    """The interpreter of its environment, which is made when it is not there yet (300 MB, 30 s).

    Raises:
        Unavailable: no Python of its version is to be found, or the packages cannot be had.
    """
    interpreter = python.find()
    if interpreter is None:
        raise Unavailable(f"no Python {python.VERSION} was found on the path, in pyenv or in uv's folder")
    environment = Environment("LocalStack's open core", "localstack", CORE, interpreter=interpreter)
    try:
        ensure(environment)
    except EmulatorError as error:
        raise Unavailable(str(error)) from error
    return environment.python


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run it with all its files in ``folder``; its endpoint.

    Raises:
        Unavailable: it cannot be installed here.
        RuntimeError: it is installed but does not start.
    """
    interpreter, port = installed(), _free_port()
    log, endpoint = folder / "localstack.log", f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(interpreter), str(CORE / "start.py")],
            env=_environment(folder, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await(process, endpoint, log)
        yield endpoint
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()  # nothing is to be kept, and idle functions hold it up for half a minute
            process.wait()


def _environment(folder: Path, port: int) -> dict[str, str]:
    temporary = folder / "tmp"
    temporary.mkdir()
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        # Given as 127.0.0.1 it would listen on every address of the machine.
        "GATEWAY_LISTEN": f"[::ffff:127.0.0.1]:{port}",
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(folder),
        "TMPDIR": str(temporary),
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "EAGER_SERVICE_LOADING": "0",
        "SERVICES": ",".join(SERVICES),
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "HANDLERS_PYTHON": str(handlers_python()),
    }


def _await(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    """Wait for its health: on a port that another program holds it says "Ready." and never listens."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError), _open(f"{endpoint}/_localstack/health", timeout=5) as answer:
            json.load(answer)
            return
        time.sleep(0.1)
    logged = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"LocalStack's open core did not answer at {endpoint} (exit code {process.poll()}):\n{logged}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
