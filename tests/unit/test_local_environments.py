"""The environments beside our own: one for each lock and Python, never remade, removed when nobody uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stack import bundle
from stack.local import EmulatorError, ensure_environments, environments, installation, locks
from stack.local.environments import Environment, ensure, in_use

FAKE_UV = """#!/bin/sh
echo "$@" "VIRTUAL_ENV=$VIRTUAL_ENV" >> {log}
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin" && touch "$UV_PROJECT_ENVIRONMENT/bin/python"
echo "{complaint}" >&2
exit {code}
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    (tmp_path / "uv.lock").write_text("version = 1")
    made = Environment("the emulator", "emulator", tmp_path)
    monkeypatch.setattr(environments, "PROJECT", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / ".environments")
    monkeypatch.setattr(environments, "emulator_environment", lambda: made)
    monkeypatch.setattr(environments, "runtime_environment", lambda: made)
    return made


def install_uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, code: int = 0, complaint: str = "") -> Path:
    """Put a uv in place that writes its arguments to a file, and return the path of that file."""
    log, uv = tmp_path / "uv.log", tmp_path / "uv"
    uv.write_text(FAKE_UV.format(log=log, code=code, complaint=complaint))
    uv.chmod(0o755)
    log.touch()
    monkeypatch.setattr(installation, "find_uv", lambda: str(uv))
    return log


@pytest.fixture
def uv_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return install_uv(monkeypatch, tmp_path)


def silently(environment: Environment) -> Path:
    ensure(environment, lambda _: None)
    return environment.path


def change_lock(environment: Environment) -> None:
    (environment.project / "uv.lock").write_text("version = 2")


def of_another_python(environment: Environment) -> Environment:
    return replace(environment, interpreter="/usr/bin/another-python")


def test_an_environment_is_made_once_and_then_left_alone(environment: Environment, uv_log: Path) -> None:
    said: list[str] = []

    ensure_environments(said.append)
    ensure_environments(said.append)

    assert len(uv_log.read_text().splitlines()) == 1
    assert "--frozen" in uv_log.read_text()
    assert said == [f"Installing the emulator into .environments/{environment.path.name} …"]


def test_another_python_gets_an_environment_of_its_own_and_leaves_the_first_alone(
    environment: Environment, uv_log: Path
) -> None:
    first = silently(environment)
    inode = first.stat().st_ino

    second = silently(of_another_python(environment))

    assert second != first
    assert first.stat().st_ino == inode
    assert "--python /usr/bin/another-python" in uv_log.read_text()
    assert environment.link.resolve() == first


@pytest.mark.usefixtures("uv_log")
def test_an_environment_of_an_older_lock_is_removed(environment: Environment) -> None:
    first = silently(environment)
    change_lock(environment)

    second = silently(environment)

    assert second != first
    assert [each.name for each in first.parent.iterdir() if each.is_dir()] == [second.name]
    assert environment.link.resolve() == second


@pytest.mark.usefixtures("uv_log")
def test_an_environment_that_a_process_inherited_stays_until_that_process_ends(environment: Environment) -> None:
    with in_use([environment], lambda _: None) as descriptors:
        user = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=descriptors)
    first = environment.path
    change_lock(environment)
    silently(environment)
    assert first.is_dir()

    user.kill()
    user.communicate()
    silently(environment)
    assert not first.exists()


def test_an_interpreter_that_went_away_has_its_environment_made_again(environment: Environment, uv_log: Path) -> None:
    silently(environment)

    environment.python.unlink()
    silently(environment)

    assert len(uv_log.read_text().splitlines()) == 2
    assert environment.is_complete()


def test_an_environment_of_an_interpreter_that_went_away_is_removed(environment: Environment, uv_log: Path) -> None:
    other = silently(of_another_python(environment))
    (other / "bin" / "python").unlink()

    silently(environment)

    assert not other.exists()


@pytest.mark.usefixtures("uv_log")
def test_a_copy_of_the_project_shares_the_environments(environment: Environment, tmp_path: Path) -> None:
    copy = replace(environment, project=tmp_path / "copy")
    copy.project.mkdir()
    (copy.project / "uv.lock").write_text("version = 1")

    assert copy.path == silently(environment)


@pytest.mark.usefixtures("uv_log")
def test_a_folder_that_an_interrupted_run_left_is_no_obstacle(environment: Environment) -> None:
    environment.path.mkdir(parents=True)
    (environment.path / "half").touch()

    silently(environment)

    assert environment.is_complete()
    assert not (environment.path / "half").exists()


@pytest.mark.usefixtures("uv_log")
def test_a_folder_of_an_earlier_version_under_the_short_name_is_left_alone(environment: Environment) -> None:
    (environment.link / "builds").mkdir(parents=True)

    silently(environment)

    assert environment.is_complete()
    assert (environment.link / "builds").is_dir()


def test_the_build_cache_lies_outside_every_environment() -> None:
    """uv refuses to make an environment in a folder that something else has filled."""
    folders = [environments.ENVIRONMENTS]
    folders += [environments.emulator_environment().link, environments.runtime_environment().link]
    assert not {bundle.BUILDS, *bundle.BUILDS.parents} & set(folders)


def test_an_activated_foreign_environment_is_kept_from_uv(
    environment: Environment, uv_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somebody/elses")

    silently(environment)

    assert uv_log.read_text().endswith("VIRTUAL_ENV=\n")


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (
            "error: Failed to fetch: https://pypi.org/simple/x/",
            ["the package index cannot be reached", "UV_DEFAULT_INDEX", "https://pypi.org/simple/x/"],
        ),
        (
            "error: Failed to fetch\n  cause: Connection refused (os error 111)",
            ["the package index cannot be reached", "UV_DEFAULT_INDEX"],
        ),
        ("cause: No space left on device (os error 28)", ["No space left on device. Make room on that disk."]),
        ("cause: Permission denied (os error 13)", ["Permission denied. Run the command as the user who owns it"]),
        ("error: the lock does not parse", ["uv failed", "the lock does not parse"]),
    ],
)
def test_a_failure_of_uv_is_explained_with_the_next_step_and_leaves_nothing(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, words: list[str]
) -> None:
    install_uv(monkeypatch, tmp_path, code=2, complaint=complaint)

    with pytest.raises(EmulatorError, match="Cannot install the emulator into") as failure:
        silently(environment)

    for word in words:
        assert word in str(failure.value)
    assert not environment.path.exists()


def test_a_project_that_may_only_be_read_is_used_as_it_is(
    environment: Environment, uv_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silently(environment)
    monkeypatch.setattr(locks, "exclusive", _refused)
    monkeypatch.setattr(locks, "shared", _refused)
    monkeypatch.setattr(Path, "symlink_to", _refused)

    with in_use([environment], lambda _: None) as descriptors:
        assert descriptors == ()
    assert len(uv_log.read_text().splitlines()) == 1


def _refused(*_: object) -> None:
    raise PermissionError(13, os.strerror(13))
