"""The Docker engine of this machine: whether it will do, and our image on it.

The settings of testcontainers are read while it is imported, so they are made here, before. Ryuk, which clears up after
a test that died, is an image that not every machine can pull; each fixture here stops what it started, by its id.
"""

from __future__ import annotations

import fcntl
import functools
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stack.local.environments import PROJECT

IMAGE = "expense-tracker:test"
CORE = "localstack/localstack:open-core"
BASE = "python:3.13-slim"
BUILD_SECONDS = 900.0

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
# On a machine that is itself a container, testcontainers would hand out the bridge's address; ours is loopback's.
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
os.environ.setdefault("TC_HOST", "127.0.0.1")


def docker(*arguments: str, env: Mapping[str, str] | None = None, seconds: float = 120) -> tuple[int, str]:
    """Run the docker command; its exit code and all it printed."""
    done = subprocess.run(
        ["docker", *arguments],
        cwd=PROJECT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout.strip()


def asked(*arguments: str) -> str:
    """What the docker command printed; it must succeed."""
    code, printed = docker(*arguments)
    assert code == 0, f"docker {' '.join(arguments)}: {printed}"
    return printed


def why_not(env: Mapping[str, str] | None = None) -> str | None:
    """What this machine lacks for the tests in containers, or None. The variables are added to those of now."""
    try:
        if docker("version", "--format", "{{.Server.Version}}", env=env)[0]:
            return "no Docker engine answers (docker version)"
        if docker("compose", "version", env=env)[0]:
            return "the Docker engine is without Compose v2 (docker compose version); .ci/engine brings it"
        if docker("image", "inspect", BASE, env=env)[0] and docker("pull", "--quiet", BASE, env=env)[0]:
            return f"{BASE} is neither here nor to be pulled; .ci/engine makes it"
    except FileNotFoundError:
        return "there is no docker command"
    except subprocess.TimeoutExpired as error:
        return f"the Docker engine does not answer in {error.timeout:.0f} s"
    return None


@functools.cache
def image() -> str:
    """Our image, built from what lies here now; by one test worker at a time, so that the others find it built."""
    return _built(IMAGE, "compose", "build", "--quiet", "stack", env={"STACK_TAG": IMAGE.partition(":")[2]})


@functools.cache
def localstack_core() -> str:
    """LocalStack's open core on our image, under the name of the official one."""
    folder = str(PROJECT / "tests" / "localstack")
    return _built(CORE, "build", "--quiet", "--tag", CORE, "--build-arg", f"OURS={image()}", folder)


def _built(name: str, *command: str, env: Mapping[str, str] | None = None) -> str:
    with Path(tempfile.gettempdir(), f"{name.replace(':', '-').replace('/', '-')}.{os.getuid()}.lock").open(
        "w"
    ) as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        code, printed = docker(*command, env=env, seconds=BUILD_SECONDS)
    assert code == 0, f"{name} could not be built:\n{printed[-3000:]}"
    return name


def free_port() -> int:
    """A port that nobody listens on now. The container's and the host's must be the same, so it is chosen here."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
