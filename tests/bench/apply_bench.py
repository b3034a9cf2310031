"""What the provisioner's runs cost, in seconds and calls: on the emulator, and as far away as a real region is.

A run is ``stack apply`` without the start of Python: new clients, the plan, and what was decided. Distance is made by a
pause before each call is sent; what that adds to a run is told in calls as well, as if they came one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stack.engine.engine import Engine
from stack.engine.model import Desired
from stack.engine.permission import Permission
from stack.kinds import kinds
from stack.local import emulator_start, emulator_stop
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.bench.table import Line

FAR = 0.05
"""Seconds that are added to each call."""
CHANGED = "function.public"
TIMES = 5
ALL = Permission(all_data=True)
Topology = Sequence[Desired[Any]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run."""

    seconds: float
    reads: int
    writes: int


def measure(home: Path) -> Iterator[Line]:
    """The four runs, each near and far. ``home`` is empty."""
    url = emulator_start(home, 0, snapshot_seconds=0).endpoint_url
    try:
        built = target(url, 0)
        declared = topology(built, Options(web_origin="https://app.example.com"))
        edited = [with_a_longer_timeout(each) for each in declared]
        run(url, 0, declared, built)
        run(url, 0, (), built)
        first = [(run(url, pause, declared, built), run(url, pause, (), built)) for pause in (0, FAR)]
        run(url, 0, declared, built)
        yield line("full apply", *(applied for applied, _ in first))
        yield line("no-op", *in_turn(url, [declared], built))
        yield line("one property changed", *in_turn(url, [edited, declared], built))
        yield line("destroy", *(destroyed for _, destroyed in first))
    finally:
        emulator_stop(home)


def line(what: str, near: Cost, far: Cost) -> Line:
    in_a_row = (far.seconds - near.seconds) / FAR
    away = f"{far.seconds:5.2f} s with {FAR * 1000:.0f} ms more a call: {in_a_row:.0f} in a row"
    return Line(what, near.seconds, "s", f"{away:<46} {near.reads} reads, {near.writes} writes")


def in_turn(url: str, topologies: Sequence[Topology], built: Target) -> tuple[Cost, Cost]:
    """Bring each of ``topologies`` about, near and far, in turns; the median of each distance."""
    near: list[Cost] = []
    far: list[Cost] = []
    for _ in range(TIMES):
        for pause, costs in ((0.0, near), (FAR, far)):
            costs += [run(url, pause, each, built) for each in topologies]
    return median(near), median(far)


def run(url: str, pause: float, declared: Topology, built: Target) -> Cost:
    """Bring everything to what is declared; the bundles are those of ``built``, made once."""
    at = target(url, pause)
    engine = Engine(kinds(at), at.stack)
    start = time.perf_counter()
    report = engine.apply(engine.plan(declared, ALL), ALL)
    seconds = time.perf_counter() - start
    if report.failed:
        raise RuntimeError(f"{report.failed[0].change.address}: {report.failed[0].error}")
    return Cost(seconds, at.calls.reads, at.calls.writes)


def target(url: str, pause: float) -> Target:
    made = connect(TargetKind.LOCAL, stack="bench", region=None, endpoint_url=url)
    if pause:
        made.session.events.register_first("before-send.*", lambda **_: time.sleep(pause))
    return made


def with_a_longer_timeout(desired: Desired[Any]) -> Desired[Any]:
    return replace(desired, props=replace(desired.props, timeout=29)) if desired.address == CHANGED else desired


def median(costs: Sequence[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]
