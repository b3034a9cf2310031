"""The table of what targets do not do: in the README as it is in the code, and true of the versions in use."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from pathlib import Path

from stack.kinds import KINDS
from stack.target.capabilities import GAPS, IMPLEMENTATIONS, absent, markdown, unreadable, written_into
from stack.target.target_kind import TargetKind

PROJECT = Path(__file__).parents[2]


def test_the_readme_has_the_table_as_it_is() -> None:
    text = (PROJECT / "README.md").read_text()
    assert markdown() in text, "run `make capabilities`"
    assert written_into(text) == text


def test_a_table_that_went_stale_is_replaced_and_nothing_else() -> None:
    text = (PROJECT / "README.md").read_text()
    assert written_into(text.replace(markdown(), "| old |\n")) == text


def test_every_row_names_a_kind_once_and_fits_into_a_table() -> None:
    assert {gap.kind for gap in GAPS} <= {kind.name for kind in KINDS}
    assert max(Counter((gap.target, gap.kind, gap.subject) for gap in GAPS).values()) == 1
    assert [gap for gap in GAPS if "|" in gap.subject + gap.reason] == []


def test_the_engine_is_told_what_it_cannot_compare() -> None:
    assert unreadable(TargetKind.MOTO, "function") == {"log_group"}
    assert unreadable(TargetKind.AWS, "function") == frozenset()
    assert absent(TargetKind.LOCALSTACK) == {"table", "user_pool"}
    assert absent(TargetKind.AWS) == frozenset()


def test_the_rows_were_measured_on_the_versions_in_use() -> None:
    emulator = (PROJECT / "stack/local/emulator/pyproject.toml").read_text()
    core = (PROJECT / "tests/localstack/core/pyproject.toml").read_text()
    used = {
        TargetKind.LOCAL: f"MiniStack {pinned('ministack', emulator)}",
        TargetKind.LOCALSTACK: f"LocalStack {pinned('localstack-core[runtime]', core)} core",
        TargetKind.MOTO: f"moto {importlib.metadata.version('moto')}",
    }
    assert used == IMPLEMENTATIONS


def pinned(package: str, project: str) -> str:
    found = re.search(rf'"{re.escape(package)}==([\d.]+)"', project)
    assert found
    return found[1]
