"""Tests of the image and of docker-compose.yml, on a real engine; left out aloud where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NOT_RUN
from tests.containers import engine

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def _engine() -> str | None:
    return engine.why_not()


@pytest.fixture(autouse=True, scope="session")
def needed(_engine: str | None) -> None:
    """Every test here needs an engine."""
    if _engine:
        pytest.skip(f"{NOT_RUN}tests in containers: {_engine}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them for ``-m docker``, and give a build its time."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.docker)
            item.add_marker(pytest.mark.timeout(900))
