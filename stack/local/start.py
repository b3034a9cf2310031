"""Start the embedded emulator: one process a home, reused when it already runs."""

from __future__ import annotations

import os
from pathlib import Path

from stack.local import data_version, health
from stack.local.environments import emulator_environment, in_use, runtime_environment
from stack.local.failure import EmulatorError
from stack.local.home import Home
from stack.local.launch import START_SECONDS, Launch, launch, port_taken, wait_for_answer
from stack.local.running import Running, require_python, require_region
from stack.local.stop import Say, emulator_stop, report_death

DEFAULT_PORT = 4566
DEFAULT_REGION = "us-east-1"
LAST_PORT = 65_535


def emulator_start(
    home: Path,
    port: int = DEFAULT_PORT,
    *,
    stock: bool | None = None,
    fresh: bool = False,
    host: str = "127.0.0.1",
    region: str | None = None,
    snapshot_seconds: float = 120.0,
    lent: bool = False,
    say: Say = print,
) -> Running:
    """Start the home's emulator unless it runs, and return it once it answers.

    `port` 0 chooses a free one. `stock` runs MiniStack without our patches, and is by default as STACK_STOCK says;
    `fresh` forgets the home's data, and stops a running emulator to do so. `host` is another address than
    loopback only inside a container. `region` is by default the one that the home's data belongs to. A `lent` emulator
    ends when the process that calls this ends, even by a kill.

    Raises:
        EmulatorError: the home cannot be written to, has no room, belongs to another region or was written by a newer
            version; the port cannot be listened on; or the emulator does not start.
    """
    _require_port(port)
    stock = os.environ.get("STACK_STOCK") == "1" if stock is None else stock
    place = Home(home.absolute())
    place.prepare()
    with place.turn():
        if fresh and place.held():
            emulator_stop(home, say=say)
        elif (running := _reusable(place)) is not None:
            _require_same(running, port, stock=stock, region=region)
            return running
        elif (dead := place.record()) is not None:
            report_death(dead, fresh=fresh, say=say)
        if not fresh:
            require_region(place.path, region, place.region())
            data_version.refuse_newer(place.path)
        if port and health.taken(host, port):
            raise port_taken(port)
        with in_use((emulator_environment(), runtime_environment()), say) as environments:
            if fresh:
                place.wipe()
            place.make_room()
            data_version.sign(place.path)
            region = region or place.region() or DEFAULT_REGION
            place.keep_region(region)
            return launch(
                place,
                Launch(host, port, region, stock=stock, snapshot_seconds=snapshot_seconds, lent=lent),
                environments,
            )


def _require_port(port: int) -> None:
    if not 0 <= port <= LAST_PORT:
        raise EmulatorError(
            f"Cannot listen on port {port}: there are only the ports 1 to {LAST_PORT}. "
            "Choose another port with `--port` or STACK_PORT; 0 stands for a free one."
        )


def _reusable(place: Home) -> Running | None:
    """Return the emulator that holds the home, once it answers; None when none holds it, or it just ended.

    Raises:
        EmulatorError: it does not answer.
    """
    running = wait_for_answer(place, START_SECONDS)
    if running is None and place.held():
        raise EmulatorError(
            f"Cannot use the emulator that works in {place.path}: it does not answer. Stop it with `stack down` and "
            f"try again; its log is {place.log}."
        )
    return running


def _require_same(running: Running, port: int, *, stock: bool, region: str | None) -> None:
    """Refuse a running emulator that differs from the one that is wanted.

    Raises:
        EmulatorError: its port, mode, region or Python is another.
    """
    if port not in {0, running.port}:
        raise EmulatorError(
            f"Cannot start the emulator of {running.home} on port {port}: it already runs, on port {running.port}. "
            "Use that one, stop it with `stack down`, or run a second stack from another home: STACK_HOME=<folder>."
        )
    if stock != running.stock:
        wanted, actual = ("without", "with") if stock else ("with", "without")
        raise EmulatorError(
            f"Cannot start the emulator of {running.home} {wanted} our patches: it already runs {actual} them. "
            "Stop it with `stack down` first."
        )
    require_region(running.home, region, running.region)
    require_python(running)
