"""The first command of a developer with Docker: one test, so that it belongs to ``make test``."""

from __future__ import annotations

from pathlib import Path

from tests.containers.composed import composed


def test_a_login_works_and_demo_data_are_there_once_compose_is_up(tmp_path: Path) -> None:
    for each in (tmp_path, tmp_path.parent):
        each.chmod(0o755)  # the container's user reads the handlers from here
    with composed(tmp_path, STACK_NO_SEED="") as project:
        stack = project.up()
        demo = stack.outputs["demo"]
        user = stack.log_in(demo["email"], demo["password"])
        assert len(stack.api(user).get("/expenses", params={"limit": 200})["items"]) == 200
