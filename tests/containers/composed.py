"""`docker-compose.yml` as it is, driven by testcontainers: a project of its own name and port, gone afterwards."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack.local.environments import PROJECT
from tests.containers import engine
from tests.e2e.api import Stack

if TYPE_CHECKING:
    from testcontainers.compose import DockerCompose


@dataclass(frozen=True)
class Composed:
    """A project that is not up yet. Its folder is a copy, so that a test may edit what is mounted from it."""

    name: str
    port: int
    folder: Path
    compose: DockerCompose

    def __call__(self, *arguments: str, seconds: float = 300) -> tuple[int, str]:
        """``docker compose …`` in the folder of the project."""
        folder = ("--project-directory", str(self.folder), "--env-file", str(self.folder / ".env"))
        return engine.docker("compose", *folder, *arguments, seconds=seconds)

    def up(self) -> Stack:
        """What a developer types; returns when a login works."""
        self.compose.start()
        code, printed = self("exec", "-T", "stack", "stack", "outputs", "--json")
        assert code == 0, printed
        return Stack(json.loads(printed))

    def left(self) -> str:
        """What Docker still has of the project."""
        mine = ("--quiet", "--filter", f"label=com.docker.compose.project={self.name}")
        return "".join(engine.asked(*what, *mine) for what in (("ps", "--all"), ("volume", "ls"), ("network", "ls")))


@contextlib.contextmanager
def composed(tmp_path: Path, **variables: Any) -> Iterator[Composed]:
    """A project whose ``.env`` has these variables; the image is there already, as after a first ``up``."""
    from testcontainers.compose import DockerCompose

    name, port = f"expenses-test-{secrets.token_hex(4)}", engine.free_port()
    folder = tmp_path / name
    folder.mkdir()
    folder.chmod(0o755)
    shutil.copy(PROJECT / "docker-compose.yml", folder)
    shutil.copytree(PROJECT / "handlers", folder / "handlers", ignore=shutil.ignore_patterns("__pycache__"))
    tag = engine.image().partition(":")[2]
    settings = {"COMPOSE_PROJECT_NAME": name, "STACK_PORT": port, "STACK_TAG": tag, "STACK_NO_SEED": 1, **variables}
    (folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    made = Composed(name, port, folder, DockerCompose(folder, env_file=str(folder / ".env")))
    try:
        yield made
    finally:
        made("down", "--volumes", "--timeout", "1")
