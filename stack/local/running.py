"""A running emulator: find it, describe it, and have it take a snapshot."""

from __future__ import annotations

import http.client
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from stack.local import health
from stack.local.failure import ANOTHER_HOME, EmulatorError
from stack.local.home import Home, Record


@dataclass(frozen=True)
class Running:
    """An emulator that answers. `reused`: it ran already. `started`: seconds since the epoch."""

    endpoint_url: str
    port: int
    pid: int
    home: Path
    log_path: Path
    region: str
    version: str
    stock: bool
    patches: tuple[str, ...]
    snapshot: int | None
    started: float
    reused: bool
    python: str = ""


def describe(place: Home, record: Record, answer: health.Health | None, *, reused: bool) -> Running:
    """Put together the record of an emulator and its answer about its health, if it gave one."""
    return Running(
        endpoint_url=record.endpoint_url,
        port=record.port,
        pid=record.pid,
        home=place.path,
        log_path=place.log,
        region=record.region,
        version=record.version,
        stock=record.stock,
        patches=answer.patches if answer else (),
        snapshot=answer.snapshot if answer else None,
        started=record.started,
        reused=reused,
        python=record.python,
    )


def emulator_status(home: Path) -> Running | None:
    """Return the home's emulator, or None when none runs.

    Raises:
        EmulatorError: the home cannot be read.
    """
    place = Home(home.absolute())
    record = place.record()
    if record is None or not place.held():
        return None
    return describe(place, record, health.ask(record.endpoint_url), reused=True)


def require_region(home: Path, region: str | None, own: str | None) -> None:
    """Refuse another region than the home's ``own``; None, on either side, agrees with every region.

    Raises:
        EmulatorError: they differ.
    """
    if region and own and region != own:
        raise EmulatorError(
            f"Cannot use the home folder {home} in region {region}: it belongs to region {own}. "
            f"Pass `--region {own}`, {ANOTHER_HOME}, or forget its data with `stack up --fresh`."
        )


def require_python(running: Running) -> None:
    """Refuse an emulator whose handlers run on another Python, for which no layer of this one fits.

    Raises:
        EmulatorError: the versions differ.
    """
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running.python and running.python != own:
        raise EmulatorError(
            f"Cannot deploy to the emulator in {running.home} from Python {own}: it runs the handlers on Python "
            f"{running.python}. Use that Python, stop the emulator with `stack down`, or {ANOTHER_HOME}."
        )


def snapshot(home: Path) -> int:
    """Have the running emulator write its state; the snapshot's number, once it is on disk.

    Raises:
        EmulatorError: no emulator runs, or it took no snapshot.
    """
    running = emulator_status(home)
    if running is None:
        raise EmulatorError(f"Cannot take a snapshot: no emulator runs in {home}. Start one with `stack up`.")
    attempt = f"Cannot take a snapshot of the emulator at {running.endpoint_url}"
    try:
        status, document = health.request_snapshot(running.endpoint_url)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise EmulatorError(f"{attempt}: {error or type(error).__name__}. Its log is {running.log_path}.") from error
    if status != HTTPStatus.OK:
        raise EmulatorError(f"{attempt}: {document.get('detail')}")
    return int(document["snapshot"])
