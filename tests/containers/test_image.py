"""What is in the image, and what is not."""

from __future__ import annotations

import pytest

from tests.containers import engine

pytestmark = pytest.mark.deep

MEGABYTE = 1000**2


def test_it_is_at_most_250_megabytes_above_its_base() -> None:
    ours, base = (size_of(name) for name in (engine.image(), engine.BASE))

    assert ours - base <= 250 * MEGABYTE


def test_nothing_that_only_building_needs_is_left_in_it() -> None:
    found = inside("find / -xdev ( -name uv -o -name uvx -o -name gcc ) -type f")
    assert found == ""
    assert inside("find / -xdev -path */.cache/* -type f") == ""
    assert sorted(inside("ls /app").split()) == ["checks", "handlers", "pyproject.toml", "seed", "stack", "uv.lock"]


def test_its_history_tells_no_secret_and_its_user_is_not_root() -> None:
    history = engine.asked("history", "--no-trunc", "--format", "{{.CreatedBy}}", engine.image()).lower()

    assert not [word for word in ("token", "password", "secret", "api_key") if word in history]
    assert engine.asked("image", "inspect", "--format", "{{.Config.User}}", engine.image()) == "stack"


def inside(command: str) -> str:
    program, *arguments = command.split()
    return engine.asked("run", "--rm", "--user", "0", "--entrypoint", program, engine.image(), *arguments)


def size_of(name: str) -> int:
    """Bytes."""
    return int(engine.asked("image", "inspect", "--format", "{{.Size}}", name))
