"""``python -m tests.bench [PART …] [--rows N …]``; every one of PARTS when none is named."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bench import account_bench, apply_bench, capacity_bench, log_bench, receipt_bench, request_bench, stack_bench
from tests.bench.table import Line
from tests.e2e.api import Stack

PARTS = ("stack", "apply", "requests", "account", "receipts", "logs", "capacity")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Print numbers; fail nothing.")
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--rows", type=int, nargs="*", default=[100, 100_000], help="of one user, for capacity")
    options = parser.parse_args()
    wanted = options.part or PARTS
    print(f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    if "stack" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            report("The stack", stack_bench.measure(Path(folder, "home"), copied(Path(folder, "project"))))
            stack_bench.command("down", home=Path(folder, "home"))
    if "apply" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            report("Runs of the provisioner (medians)", apply_bench.measure(Path(folder)))
    if "requests" in wanted:
        with running() as stack:
            report("Requests, warm (medians, interleaved) and cold", request_bench.measure(stack))
    if "account" in wanted:
        with running() as stack, tempfile.TemporaryDirectory() as folder:
            report(
                "Closing accounts (medians, interleaved)", account_bench.measure(stack, copied(Path(folder, "project")))
            )
    if "receipts" in wanted:
        with running() as stack:
            report("Receipts (medians)", receipt_bench.measure(stack))
    if "logs" in wanted:
        with running() as stack:
            report("Logs of one request (mean)", log_bench.measure(stack))
    if "capacity" in wanted:
        for rows in options.rows:
            with running() as stack:
                report(f"Access patterns at {rows:,} rows of one user", capacity_bench.measure(stack, rows))


def report(title: str, lines: Iterable[Line]) -> None:
    """Print lines as they come; say so where a part cannot go on."""
    print(f"\n{title}", flush=True)
    try:
        for line in lines:
            print(line, flush=True)
    except Exception as error:  # noqa: BLE001 (a bench fails nothing)
        print(f"  stopped here: {type(error).__name__}: {error}", flush=True)


def copied(project: Path) -> Path:
    """A copy of the project whose handlers may be edited; the environments are shared."""
    project.mkdir()
    for name in ("stack", "handlers", "checks", "seed"):
        shutil.copytree(stack_bench.PROJECT / name, project / name)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(stack_bench.PROJECT / name, project / name)
    for name in (".environments", ".builds"):
        (project / name).symlink_to(stack_bench.PROJECT / name)
    return project


@contextlib.contextmanager
def running() -> Iterator[Stack]:
    """A stack of its own without demo data, and without snapshots in between."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _, done = stack_bench.command("up", "--port", "0", "--no-seed", "--json", home=home)
        try:
            yield Stack(json.loads(done.stdout))
        finally:
            stack_bench.command("down", home=home)


if __name__ == "__main__":
    main()
