"""Run MiniStack, with our patches or (`--stock`) without, as one process with one home folder.

The order matters and is the whole of this file: hold the home, bind the port, set the environment, import
MiniStack (which reads the environment while it is imported), patch it, serve, and say goodbye with a
snapshot. Started by `stack.local.process` with the interpreter of the emulator's own environment.
"""

from __future__ import annotations

import asyncio
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
    from front import Front

HOME_IN_USE, PORT_TAKEN = 73, 98
"""Exit codes that `stack.local.process` knows."""


def hold(settings: launch.Settings) -> None:
    """Take the home's lock. Nothing here lets go of it, the system does when we are gone, however we die."""
    settings.home.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.home / "emulator.lock", os.O_WRONLY | os.O_CREAT, 0o644)
    deadline = time.monotonic() + 0.5  # whoever only looks whether we live holds it for a moment, too
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                print(f"Another emulator already works in {settings.home}.", file=sys.stderr)
                sys.exit(HOME_IN_USE)
            time.sleep(0.01)
        else:
            return


def bind(settings: launch.Settings) -> socket.socket:
    """A listening socket of our own, so that port 0 works and nobody can take the port in between."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        print(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.", file=sys.stderr)
        sys.exit(PORT_TAKEN)
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def furnish(settings: launch.Settings, port: int) -> None:
    """Make the folders, and set what MiniStack reads while it is imported."""
    for folder in (settings.state, settings.objects, settings.scratch):
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
    # MiniStack starts Lambda workers with this: they shall see boto3 and their layer, not its packages.
    sys.executable = settings.handlers_python
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def record(settings: launch.Settings, port: int, started: float) -> None:
    """Write who we are into the home, for whoever looks for the emulator later."""
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
        }
    )
    draft = settings.home / "emulator.json.tmp"
    draft.write_text(text)
    draft.replace(settings.home / "emulator.json")


def assemble(settings: launch.Settings, started: float) -> Front:
    """Import MiniStack in the environment just made, apply our patches, and put our front before it."""
    import snapshots  # noqa: PLC0415  (nothing of MiniStack may be imported before its environment is set)

    documents = snapshots.settle(settings.state, settings.objects, stock=settings.stock)

    import ministack.app  # noqa: PLC0415

    os.environ.pop("LOG_LEVEL", None)  # Powertools in the workers would obey it

    from front import Front  # noqa: PLC0415

    front = Front(ministack.app.app, settings, started)
    if not settings.stock:
        import body_validation  # noqa: PLC0415
        import end_mark  # noqa: PLC0415
        import expression_cache  # noqa: PLC0415
        import failure_destination  # noqa: PLC0415
        import layer_cache  # noqa: PLC0415
        import recorded_calls  # noqa: PLC0415
        import request_id  # noqa: PLC0415

        end_mark.apply()
        expression_cache.apply()
        layer_cache.apply(settings.scratch / "layers")
        body_validation.apply()
        request_id.apply()
        failure_destination.apply()
        recorded_calls.apply()
        front.patches = (
            "end mark",
            "expression cache",
            "layer cache",
            "body validation",
            "failure destination",
            "one request id",
            "recorded calls",
            "snapshots",
        )
        front.snapshots = snapshots.Snapshots(settings.state, documents)
        front.calls = recorded_calls.document
        front.inner = request_id.unified(ministack.app.app)
    return front


async def serve(listener: socket.socket, front: Front, every: float) -> None:
    """Serve until SIGTERM or SIGINT; MiniStack saves its state when the last request is answered."""
    from hypercorn.asyncio import serve as serve_app  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, front.snapshot_soon)
    rounds = asyncio.create_task(front.snapshot_rounds(every))

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    await serve_app(front, config, shutdown_trigger=stop.wait)
    rounds.cancel()


def main() -> None:
    """Hold the home, serve, and leave behind no worker and no record that says we still do."""
    settings, started = launch.from_arguments(sys.argv[1:]), time.time()
    hold(settings)
    listener = bind(settings)
    port = listener.getsockname()[1]
    furnish(settings, port)
    front = assemble(settings, started)
    record(settings, port, started)
    asyncio.run(serve(listener, front, settings.snapshot_seconds))

    from ministack.core import lambda_runtime  # noqa: PLC0415

    lambda_runtime.reset()
    (settings.home / "emulator.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
