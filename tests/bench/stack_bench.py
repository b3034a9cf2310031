"""From nothing to a working app, and what the provisioner's runs cost: as whole commands, and in calls."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.bench.table import Line

PROJECT = Path(__file__).parents[2]
RUNS = 5
PATIENCE = 60
"""Seconds."""


def command(*arguments: str, home: Path, project: Path = PROJECT) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run ``stack`` as its users do; seconds as a whole command."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "stack.cli", *arguments, "--home", str(home)],
        cwd=project, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(project)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return time.perf_counter() - start, done


def calls(told: str) -> str:
    """What an apply says of its calls."""
    found = re.search(r"\((\d+ reads, \d+ writes)\)", told)
    return found[1] if found else "calls unknown"


def measure(home: Path, project: Path) -> Iterator[Line]:
    """``project`` is a copy of ours, whose handlers may be edited; ``home`` is empty."""
    first, done = command("up", "--port", "0", "--json", home=home, project=project)
    if done.returncode:
        print(f"  the stack did not start:\n{done.stderr}")
        return
    outputs = json.loads(done.stdout)
    yield Line("nothing → working, seeded app, whole command", first, "s", calls(done.stderr))
    again = sorted(command("up", "--port", "0", "--json", home=home, project=project)[0] for _ in range(RUNS))
    yield Line("`stack up` when all is there", again[RUNS // 2], "s")
    command("destroy", "--all", home=home, project=project)
    full, done = command("apply", home=home, project=project)
    yield Line("full apply, whole command", full, "s", calls(done.stderr))
    nothing = [command("apply", home=home, project=project) for _ in range(RUNS)]
    noops = sorted(seconds for seconds, _ in nothing)
    yield Line("no-op apply, whole command", noops[RUNS // 2], "s", calls(nothing[0][1].stderr))
    source = project / "handlers" / "functions" / "public.py"
    original = source.read_text()
    source.write_text(original.replace('status="ok"', 'status="edited"'))
    start = time.perf_counter()
    _, done = command("apply", home=home, project=project)
    while httpx.get(f"{outputs['api_url']}/health").json() != {"status": "edited"}:
        if time.perf_counter() - start > PATIENCE:
            print(f"  the new code did not answer within {PATIENCE} s:\n{done.stderr}")
            break
        time.sleep(0.01)
    yield Line("edit → first answer of the new code", time.perf_counter() - start, "s", calls(done.stderr))
    source.write_text(original)
    command("apply", home=home, project=project)
