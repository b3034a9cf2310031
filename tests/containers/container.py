"""One container of our image, by testcontainers, as docker-compose.yml runs it; and what a test does to it."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stack.local.health import ask, is_ready
from tests.containers import engine
from tests.e2e.api import Stack

READY_SECONDS = 180.0
"""Ten times what it takes on an idle machine."""


@dataclass
class Container:
    """`id` is Docker's. Started, but not necessarily ready: see `wait`."""

    id: str
    port: int
    volume: str
    observed: list[tuple[str, bool, bool]] = field(default_factory=list)
    """Until it was ready first: Docker's word on its health, whether the port answered, whether the stack was ready."""
    was_ready: bool = False

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def state(self) -> dict[str, Any]:
        """Docker's word: Running, ExitCode, OOMKilled, Health …"""
        return dict(json.loads(engine.asked("inspect", "--format", "{{json .State}}", self.id)))

    def health(self) -> str:
        return str(self.state().get("Health", {}).get("Status"))

    def logs(self) -> str:
        return engine.asked("logs", self.id)

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command inside."""
        return engine.docker("exec", self.id, *command)

    def do(self, verb: str, *options: str) -> None:
        """``kill``, ``stop``, ``start``, ``pause`` …"""
        engine.asked(verb, *options, self.id)

    def wait(self) -> Stack:
        """Wait until Docker calls it healthy; the stack in it.

        Raises:
            AssertionError: it ended instead, or takes too long.
        """
        deadline = time.monotonic() + READY_SECONDS
        while (status := self.health()) != "healthy":
            if not self.was_ready:
                self.observed.append((status, ask(self.endpoint_url) is not None, is_ready(self.endpoint_url)))
            assert self.state()["Running"], self.logs()
            assert time.monotonic() < deadline, f"{status}:\n{self.logs()}"
            time.sleep(0.1)
        self.was_ready = True
        return self.stack()

    def stack(self) -> Stack:
        code, printed = self.run("stack", "outputs", "--json")
        assert code == 0, printed
        return Stack(json.loads(printed))


@contextlib.contextmanager
def container(
    *command: str, volume: str | None = None, handlers: Path | None = None, memory: str = "2g"
) -> Iterator[Container]:
    """A container that is gone afterwards, with its volume unless that was given."""
    from testcontainers.core.container import DockerContainer

    port, name = engine.free_port(), volume or f"expenses-test-{secrets.token_hex(4)}"
    made = DockerContainer(engine.image(), command=" ".join(command or ("up", "--foreground", "--watch")))
    made.with_env("STACK_PORT", str(port)).with_volume_mapping(name, "/data", "rw")
    if handlers:
        made.with_volume_mapping(str(handlers), "/app/handlers", "ro")
    made.with_name(f"{name}-{port}").with_tmpfs_mount("/tmp")
    made.with_kwargs(init=True, read_only=True, cap_drop=["ALL"], mem_limit=memory)
    made.ports[str(port)] = ("127.0.0.1", port)  # type: ignore[assignment]  # docker-py takes an address, too
    try:
        made.start()
        yield Container(made.get_wrapped_container().id, port, name)
    finally:
        made.stop(force=True, delete_volume=True)
        if volume is None:
            engine.docker("volume", "rm", "--force", name)
