"""The order of the tests, and a line at the end of a run for each reason why tests were left out."""

from __future__ import annotations

from pathlib import Path

import pytest

UNIT = Path(__file__).parent / "unit"
NOT_RUN = "NOT RUN: "
"""Begins the reason of a test that is skipped for something this machine lacks."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The stack of the end-to-end tests: see `tests/e2e/makers.py`."""
    group = parser.getgroup("stack", "who makes the stack of the end-to-end tests")
    makers = ("process", "image", "compose", "localstack", "endpoint")
    group.addoption("--stack-by", choices=makers, default="process", help="process (the default) needs no Docker")
    group.addoption("--stack-endpoint", metavar="URL", help="use what already runs there; aws: Amazon itself")
    group.addoption("--every-call", action="store_true", help="crash a run of the whole topology, not of a shorter one")
    group.addoption("--stack-target", default="local", help="what runs at that endpoint: local or localstack")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that need a stack: files of short tests at the end keep all workers busy to the last."""
    items.sort(key=lambda item: item.path.is_relative_to(UNIT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests left out, by reason."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(NOT_RUN):
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{reason} ({tests} tests)", yellow=True, bold=True)
