"""What was left out is said at the end of a run, in a line that nobody overlooks."""

from __future__ import annotations

import pytest

NOT_RUN = "NOT RUN: "
"""Begins the reason of a test that is skipped for something this machine lacks."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the end-to-end tests run: see `tests/e2e/makers.py`."""
    group = parser.getgroup("stack", "who makes the stack of the end-to-end tests")
    makers = ("process", "image", "compose", "localstack", "endpoint")
    group.addoption("--stack-by", choices=makers, default="process", help="process (the default) needs no Docker")
    group.addoption("--stack-endpoint", metavar="URL", help="use what already runs there; aws: Amazon itself")
    group.addoption("--every-call", action="store_true", help="crash a run of the whole topology, not of a shorter one")
    group.addoption("--stack-target", default="local", help="what runs at that endpoint: local or localstack")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the tests left out, by reason."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        told = str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if told.startswith(NOT_RUN):
            reasons[told] = reasons.get(told, 0) + 1
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{reason} ({tests} tests)", yellow=True, bold=True)
