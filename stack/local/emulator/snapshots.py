"""The emulator's state on disk, as whole snapshots: a kill at any moment leaves a complete one.

MiniStack writes its state when it stops, one document a service, each replaced in place. Killed in the middle, it would
start with today's tables and yesterday's functions. Here all documents of one moment go into a folder of their own,
`state/snapshot-<number>`, which gets that name by a rename when it is complete. Signing keys and code zips, named by
their hash, lie beside it: they are added before a snapshot, and removed only after it.

Stock MiniStack knows only `state/*.json`; `settle` moves the documents to the place where the coming run reads them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import threading
from typing import TYPE_CHECKING

from pinned import require, require_parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

PATCH = "snapshots"
RETRIES = 5
VERSIONS = ".versions"
logger = logging.getLogger("stack.emulator")


def settle(state: Path, objects: Path, *, stock: bool) -> Path:
    """Remove the remains of a killed run, and return the folder whose documents the coming run loads."""
    for partial in state.glob("*.partial"):
        shutil.rmtree(partial)
    complete = sorted(state.glob("snapshot-*"))
    loose = sorted(state.glob("*.json"))
    if stock:
        if complete:
            for document in complete[-1].iterdir():
                document.replace(state / document.name)
        _remove(complete)
        return state
    if complete:
        for document in loose:
            document.unlink()
    _remove(complete[:-1])
    newest = complete[-1] if complete else _adopt(state, loose)
    _forget_unknown_buckets(objects, newest / "s3.json")
    return newest


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder)


def _adopt(state: Path, loose: list[Path]) -> Path:
    draft, first = state / "snapshot-00000000.partial", state / "snapshot-00000000"
    draft.mkdir()
    for document in loose:
        shutil.copy2(document, draft)
    draft.rename(first)
    for document in loose:
        document.unlink()
    return first


def _forget_unknown_buckets(objects: Path, document: Path) -> None:
    """Remove the objects of buckets that the snapshot does not know.

    Objects are written at once, their bucket's settings with the snapshot. After a kill, a bucket made since would
    come back without owner, policy or CORS, and the provisioner would refuse it as a foreign resource.
    """
    known: set[tuple[str, str]] = set()
    if document.exists():
        keys = json.loads(document.read_text())["payload"]["buckets_meta"]["data"]
        known = {(account, name.strip("'\"")) for account, name in (key.split("\x00", 1) for key in keys)}
    for root in (objects, objects / VERSIONS):
        for bucket in root.glob("[0-9]*/*"):
            if (bucket.parent.name, bucket.name) not in known:
                logger.warning("Bucket %s was made after the last snapshot; removing its objects", bucket.name)
                shutil.rmtree(bucket)


class Snapshots:
    """Takes snapshots of MiniStack's state.

    While a state is copied for a snapshot, `resting(number)` keeps telemetry out of it; `kept(number)` says that the
    snapshot is complete. `failure`: why the last one, at the end, was not taken.
    """

    def __init__(
        self,
        state: Path,
        newest: Path,
        resting: Callable[[int], AbstractContextManager[None]] = lambda _: contextlib.nullcontext(),
        kept: Callable[[int], None] = lambda _: None,
    ) -> None:
        from ministack import app  # noqa: PLC0415
        from ministack.core import persistence  # noqa: PLC0415
        from ministack.services import lambda_svc, s3  # noqa: PLC0415

        require(callable(getattr(app, "save_all", None)), PATCH, "app.save_all saves the state at the end")
        require_parameters(app._build_persistence_save_dict, (), PATCH)
        require_parameters(persistence._json_default, ("obj",), PATCH)
        require_parameters(persistence._state_format_version, ("service",), PATCH)
        require_parameters(lambda_svc._prune_orphan_code_blobs, ("referenced",), PATCH)
        require(
            str(state / "lambda-blobs") == lambda_svc.CODE_BLOB_DIR,
            PATCH,
            "code lies in STATE_DIR/lambda-blobs",
        )
        require(s3._VERSIONS_DIR == VERSIONS, PATCH, f"old versions of objects lie in {VERSIONS}")

        self.state = state
        self.newest = newest
        self.failure = ""
        self._resting, self._kept = resting, kept
        self._app, self._format = app, persistence
        self._prune: Callable[[set[str]], None] = lambda_svc._prune_orphan_code_blobs
        self._code_in_use: set[str] = set()
        self._writing = threading.Lock()
        self._taking = asyncio.Lock()

        persistence.STATE_DIR = str(newest)
        app.save_all = self._save_at_the_end
        lambda_svc._prune_orphan_code_blobs = self._remember_code_in_use

    @property
    def number(self) -> int:
        """The number of the newest complete snapshot; 0 is the state that the first run began with."""
        return int(self.newest.name.removeprefix("snapshot-"))

    async def take(self) -> None:
        """Write the present state as the newest snapshot.

        Each service's state is copied on the event loop, where no request is half way through a transaction,
        with a pause for requests after each; documents are written in a thread.
        """
        async with self._taking:
            states: dict[str, object] = {}
            with self._resting(self.number + 1):
                for service, get_state in self._app._build_persistence_save_dict().items():
                    states[service] = _copied(get_state)
                    await asyncio.sleep(0)
            await asyncio.to_thread(self._write, states)

    def _save_at_the_end(self, services: dict[str, Callable[[], object]]) -> None:
        try:
            with self._resting(self.number + 1):
                states = {service: _copied(get_state) for service, get_state in services.items()}
            self._write(states)
        except OSError as error:
            self.failure = f"{error.strerror or error}."

    def _write(self, states: dict[str, object]) -> None:
        with self._writing:
            folder = self.state / f"snapshot-{self.number + 1:08d}"
            draft = folder.with_suffix(".partial")
            shutil.rmtree(draft, ignore_errors=True)
            try:
                self._fill(draft, states)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)  # half a snapshot would fill a full disk further
                raise
            draft.rename(folder)
            older, self.newest = self.newest, folder
            # A service that MiniStack has not needed yet loads its document when it does.
            self._format.STATE_DIR = str(folder)
            shutil.rmtree(older, ignore_errors=True)
            self._kept(self.number)
            self._prune(self._code_in_use)

    def _fill(self, draft: Path, states: dict[str, object]) -> None:
        draft.mkdir(parents=True)
        for service, state in states.items():
            if state is not None:
                self._write_document(draft / f"{service}.json", service, state)
        self._carry_over(draft)

    def _write_document(self, path: Path, service: str, state: object) -> None:
        wrapped = {"__ministack_format__": self._format._state_format_version(service), "payload": state}
        # dumps, not dump: json.dump does not use the encoder that is written in C.
        path.write_text(json.dumps(wrapped, default=self._format._json_default))

    def _carry_over(self, draft: Path) -> None:
        """Keep the documents of services that this run did not use."""
        for document in self.newest.glob("*.json"):
            if not (draft / document.name).exists():
                os.link(document, draft / document.name)

    def _remember_code_in_use(self, referenced: set[str]) -> None:
        self._code_in_use = set(referenced)


def _copied(get_state: Callable[[], object]) -> object:
    """Return a service's state; try again when a thread wrote a Lambda's log line in between."""
    for _ in range(RETRIES):
        try:
            return get_state()
        except RuntimeError as error:
            if "changed size during iteration" not in str(error) and "mutated during iteration" not in str(error):
                raise
    return get_state()
