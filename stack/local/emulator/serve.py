"""Run MiniStack, with our patches or (`--stock`) without, as one process with one home folder.

The order matters and is the whole of this file: lock the home, bind the port, set the environment, import MiniStack
(which reads the environment while it is imported), patch it, serve, and take a last snapshot at the end. Started by
`stack.local.launch` with the interpreter of the emulator's own environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import resource
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import settings as launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from front import Front

CANNOT_START, CANNOT_LISTEN, HOME_IN_USE, PORT_TAKEN, NOT_SAVED = 71, 72, 73, 98, 74
"""Exit codes. `stack.local.launch` knows them all but the last; each comes after a sentence in the log."""
OWNER_SECONDS = 0.5
"""Between two checks whether the owner lives."""


@contextlib.contextmanager
def explained(attempt: str, code: int = CANNOT_START) -> Iterator[None]:
    """End the process with a sentence, in the form that `stack.local.launch` reads, if the system refuses."""
    try:
        yield
    except OSError as error:
        print(f"[Errno {error.errno}] Cannot {attempt}: {error.strerror or error}.", file=sys.stderr)
        sys.exit(code)


def hold(settings: launch.Settings) -> None:
    """Take the home's lock. Nothing here releases it: the system does, however this process ends."""
    with explained(f"lock the home folder {settings.home}"):
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = os.open(settings.home / "emulator.lock", os.O_WRONLY | os.O_CREAT, 0o644)
        deadline = time.monotonic() + 0.5  # a command that asks whether an emulator lives holds it for a moment, too
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    print(f"Cannot use {settings.home}: another emulator already works there.", file=sys.stderr)
                    sys.exit(HOME_IN_USE)
                time.sleep(0.01)
            else:
                return


def bind(settings: launch.Settings) -> socket.socket:
    """Return a listening socket, so that port 0 works and no other program can take the port in between."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with explained(f"listen on {settings.host}:{settings.port}", CANNOT_LISTEN):
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(1024)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(PORT_TAKEN)
            raise
    listener.setblocking(False)
    return listener


def furnish(settings: launch.Settings, port: int) -> None:
    """Make the folders, and set the environment that MiniStack reads while it is imported."""
    for folder in (settings.state, settings.objects, settings.scratch):
        with explained(f"make the folder {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        AUTH="true",
        BIND_HOST=settings.host,
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LOG_LEVEL="WARNING",
        MINISTACK_REGION=settings.region,
        PERSIST_STATE="1",
        STATE_DIR=str(settings.state),
        S3_PERSIST="1",
        S3_DATA_DIR=str(settings.objects),
        TMPDIR=str(settings.scratch),
    )
    # MiniStack starts Lambda workers with this: they find boto3 and their layer, and none of its own packages.
    sys.executable = settings.handlers_python
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):  # macOS calls unlimited a limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def record(settings: launch.Settings, port: int, started: float) -> None:
    """Describe this process in the home, for every command that asks for its emulator later."""
    from pinned import MINISTACK  # noqa: PLC0415  (reading a distribution's metadata can wait until the port is ours)

    text = json.dumps(
        {
            "pid": os.getpid(),
            "host": settings.host,
            "port": port,
            "started": started,
            "version": MINISTACK,
            "nonce": settings.nonce,
            "stock": settings.stock,
            "region": settings.region,
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        }
    )
    draft = settings.home / "emulator.json.tmp"
    with explained(f"write {settings.home / 'emulator.json'}"):
        draft.write_text(text)
        draft.replace(settings.home / "emulator.json")


def assemble(settings: launch.Settings, started: float) -> Front:
    """Import MiniStack in the environment just made, put our front before it, and apply our patches."""
    import snapshots  # noqa: PLC0415  (nothing of MiniStack may be imported before its environment is set)

    with explained(f"read the data in {settings.home}"):
        documents = snapshots.settle(settings.state, settings.objects, stock=settings.stock)

    import ministack.app  # noqa: PLC0415

    os.environ.pop("LOG_LEVEL", None)  # Powertools in the workers would obey it

    from front import Front  # noqa: PLC0415

    front = Front(ministack.app.app, settings, started)
    if not settings.stock:
        import patches  # noqa: PLC0415

        patches.apply(front, settings, documents)
    return front


async def serve(listener: socket.socket, front: Front, settings: launch.Settings) -> None:
    """Serve until SIGTERM, SIGINT or the owner's end; MiniStack saves its state when the last request is answered."""
    from hypercorn.asyncio import serve as serve_app  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, front.snapshot_soon)
    tasks = [asyncio.create_task(front.snapshot_rounds(settings.snapshot_seconds))]
    if front.telemetry:
        tasks.append(asyncio.create_task(front.telemetry.rounds()))
    if settings.owner_pid:
        tasks.append(asyncio.create_task(end_with(settings.owner_pid, stop)))

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    await serve_app(front, config, shutdown_trigger=stop.wait)
    for task in tasks:
        task.cancel()


async def end_with(owner_pid: int, stop: asyncio.Event) -> None:
    """Stop when the owner is no longer the parent: the system gives the child of a dead process another one.

    Neither a signal nor a pipe would do: a killed process sends none, and a fork of it would keep a pipe open.
    """
    while os.getppid() == owner_pid:  # noqa: ASYNC110  (nothing in this process brings about that event)
        await asyncio.sleep(OWNER_SECONDS)
    stop.set()
    with contextlib.suppress(OSError):  # the disk of the log may be full
        print(f"The process that this emulator was lent to ({owner_pid}) has ended.", file=sys.stderr)


def main() -> None:
    """Lock the home, serve, and leave behind neither a worker nor a record of a process that is gone."""
    settings, started = launch.from_arguments(sys.argv[1:]), time.time()
    hold(settings)
    listener = bind(settings)
    port = listener.getsockname()[1]
    furnish(settings, port)
    front = assemble(settings, started)
    record(settings, port, started)
    asyncio.run(serve(listener, front, settings))

    from ministack.core import lambda_runtime  # noqa: PLC0415

    lambda_runtime.reset()
    if front.snapshots is not None and front.snapshots.failure:
        # The record stays, as a sign for `stack down` that the last data is not saved.
        with contextlib.suppress(OSError):  # for the same reason as the snapshot
            print(front.snapshots.failure, file=sys.stderr)
        sys.exit(NOT_SAVED)
    (settings.home / "emulator.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
