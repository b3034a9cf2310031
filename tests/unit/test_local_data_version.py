"""An older version does not work in the data of a newer one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stack.local import EmulatorError
from stack.local.data_version import DataVersion, ours, refuse_newer, sign


def written_by(home: Path, project: str, ministack: str) -> Path:
    (home / "version.json").write_text(json.dumps({"project": project, "ministack": ministack}))
    return home


@pytest.mark.parametrize(("project", "ministack"), [("99.0.0", "0.1"), ("0.0.1", "99.0.0"), ("0.100.0", "0.1")])
def test_data_of_a_newer_project_or_emulator_are_refused_with_the_ways_out(
    tmp_path: Path, project: str, ministack: str
) -> None:
    with pytest.raises(EmulatorError) as refusal:
        refuse_newer(written_by(tmp_path, project, ministack))

    for word in (str(tmp_path), project, ministack, ours().project, "Nothing was touched", "--fresh", "down -v"):
        assert word in str(refusal.value)


def test_data_of_this_version_of_an_older_one_or_of_none_are_taken(tmp_path: Path) -> None:
    refuse_newer(tmp_path)
    refuse_newer(written_by(tmp_path, "0.0.1", "1.0.0"))
    sign(tmp_path)
    refuse_newer(tmp_path)
    (tmp_path / "version.json").write_text("not JSON")
    refuse_newer(tmp_path)


def test_versions_are_compared_as_numbers() -> None:
    assert DataVersion("0.10.0", "1.5.33").newer_than(DataVersion("0.9.0", "1.5.33"))
    assert not DataVersion("0.9.0", "1.5.33").newer_than(DataVersion("0.10.0", "1.5.33"))
