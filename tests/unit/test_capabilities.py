"""The table of differences between the targets and AWS: the same in docs and code, for the versions in use."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from pathlib import Path

from stack.kinds import KINDS
from stack.target.capabilities import GAPS, IMPLEMENTATIONS, absent, markdown, unreadable, written_into
from stack.target.target_kind import TargetKind

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "capabilities.md"


def test_the_page_has_the_table_of_the_code() -> None:
    text = PAGE.read_text()
    assert markdown() in text, "run `make capabilities`"
    assert written_into(text) == text


def test_only_the_table_is_replaced_when_it_is_outdated() -> None:
    text = PAGE.read_text()
    assert written_into(text.replace(markdown(), "| old |\n")) == text


def test_every_row_names_a_kind_once_and_fits_into_a_table() -> None:
    assert {gap.kind for gap in GAPS} <= {kind.name for kind in KINDS}
    assert max(Counter((gap.target, gap.kind, gap.subject) for gap in GAPS).values()) == 1
    assert [gap for gap in GAPS if "|" in gap.subject + gap.reason] == []


def test_the_engine_knows_what_it_cannot_compare_and_what_is_absent() -> None:
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
