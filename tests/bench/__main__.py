"""``python -m tests.bench [stack] [requests] [capacity] [--rows N …] [--json]``; all parts when none is named."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.bench import capacity_bench, request_bench, stack_bench
from tests.bench.running import running
from tests.bench.table import HEAD, Line

ROWS = (100, 100_000)


def main() -> None:
    options = _options()
    out = sys.stderr if options.json else sys.stdout
    machine = f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"
    print(machine, file=out)
    parts = _parts(options.rows)
    measured = [_report(*parts[name], out) for name in options.part or parts]
    if options.json:
        print(json.dumps({"machine": machine, "parts": measured}, indent=2))


def _options() -> argparse.Namespace:
    names = tuple(_parts(ROWS))
    parser = argparse.ArgumentParser(prog="bench", description="Print numbers; fail nothing.")
    parser.add_argument("part", nargs="*", type=_one_of(names), help=f"of {', '.join(names)}; all of them by default")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="of one user, for capacity")
    parser.add_argument("--json", action="store_true", help="the document on standard output, the tables beside it")
    return parser.parse_args()


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    """An argument's type; ``choices`` would refuse that none is given."""

    def part(name: str) -> str:
        if name not in names:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(names)}")
        return name

    return part


def _parts(rows: Sequence[int]) -> dict[str, tuple[str, Callable[[], Iterator[Line]]]]:
    return {
        "stack": (f"The stack (median of {stack_bench.ROUNDS} rounds)", stack_bench.measure),
        "requests": (f"Requests ({request_bench.TIMES} warm ones of each, interleaved)", _on_stack(request_bench.measure)),
        "capacity": (capacity_bench.TITLE, _on_stack(lambda stack: capacity_bench.measure(stack, rows))),
    }


def _on_stack(measure: Callable[[Any], Iterator[Line]]) -> Callable[[], Iterator[Line]]:
    def on_one() -> Iterator[Line]:
        with running() as stack:
            yield from measure(stack)

    return on_one


def _report(title: str, measure: Callable[[], Iterator[Line]], out: Any) -> dict[str, Any]:
    """Print lines as they come, and where a part cannot go on, why; the same for programs."""
    print(f"\n{title}\n{HEAD}", file=out, flush=True)
    lines: list[Line] = []
    stopped = None
    try:
        for line in measure():
            lines.append(line)
            print(line, file=out, flush=True)
    except Exception as error:  # noqa: BLE001 (a bench fails nothing)
        stopped = f"{type(error).__name__}: {error}"
        print(f"  stopped here: {stopped}", file=out, flush=True)
    return {"title": title, "lines": [line.document() for line in lines], "stopped": stopped}


if __name__ == "__main__":
    main()
