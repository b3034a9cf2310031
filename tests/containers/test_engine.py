"""No engine, or half of one: a sentence that says what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from stack.local.environments import PROJECT
from tests.containers import engine

NOWHERE = {"DOCKER_HOST": "tcp://127.0.0.1:1"}


def test_without_an_engine_the_tests_are_left_out_and_say_why() -> None:
    assert engine.why_not(NOWHERE) == "no Docker engine answers (docker version)"


def test_without_compose_the_sentence_names_what_brings_it(tmp_path: Path) -> None:
    reason = engine.why_not({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CLI_PLUGIN_EXTRA_DIRS": str(tmp_path)})

    # A machine that has the plugin for everybody finds it whatever the home is.
    assert reason is None or (reason.startswith("the Docker engine is without Compose v2") and ".ci/engine" in reason)


def test_the_script_that_prepares_an_engine_stops_with_a_sentence_where_there_is_none() -> None:
    done = prepare(NOWHERE)

    assert (done.returncode, done.stderr) == (1, "engine: no Docker engine answers (docker version)\n")


def test_the_script_has_nothing_to_do_a_second_time() -> None:
    done = prepare({})

    assert (done.returncode, done.stderr) == (0, "")


def prepare(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [".ci/engine"],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
