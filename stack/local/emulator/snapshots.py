"""The emulator's state on disk, as whole snapshots: a kill at any moment leaves a complete one.

MiniStack writes its state when it stops, one document a service, each replaced in place. Killed in the middle, it would
start with today's tables and yesterday's functions. Here all documents of one moment go into a folder of their own,
`state/snapshot-<number>`, which gets that name by a rename when it is complete. Signing keys and code zips, named by
their hash, lie beside it: they are added before a snapshot, and removed only after it.

Stock MiniStack knows only `state/*.json`; `settle` moves the documents to the place where the coming run reads them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import threading
from typing import TYPE_CHECKING

from pinned import require, require_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from telemetry import Telemetry

PATCH = "snapshots"
RETRIES = 5
VERSIONS = ".versions"
TELEMETRY = ("cloudwatch", "cloudwatch_logs")
"""The services whose state the journal continues. They are copied at the moment at which it begins a new file."""
JOURNAL = "journal"
"""The file in a snapshot with the number of the journal's first file after it."""
DEEPEST_PIECE = 8
"""Up to this depth the members of a document are written one by one: a log stream, a partition of a table."""
logger = logging.getLogger("stack.emulator")


def settle(state: Path, objects: Path, *, stock: bool) -> Path:
    """Remove the remains of a killed run, and return the folder whose documents the coming run loads."""
    for partial in state.glob("*.partial"):
        shutil.rmtree(partial)
    complete = sorted(state.glob("snapshot-*"))
    loose = sorted(state.glob("*.json"))
    if stock:
        if complete:
            for document in complete[-1].glob("*.json"):
                document.replace(state / document.name)
        _remove(complete)
        shutil.rmtree(state / JOURNAL, ignore_errors=True)  # it continues a snapshot that is no more
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

    `telemetry` is what happens to metrics and logs between two of them. `failure`: why the last one, at the end, was
    not taken.
    """

    def __init__(self, state: Path, newest: Path, telemetry: Telemetry) -> None:
        from ministack import app  # noqa: PLC0415
        from ministack.core import persistence, responses  # noqa: PLC0415
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
        self._telemetry = telemetry
        self._app, self._format = app, persistence
        self._scoped = responses.AccountRegionScopedDict, responses.AccountScopedDict
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
            first = self._telemetry.turn()
            states: dict[str, object] = {}
            for service, get_state in _telemetry_first(self._app._build_persistence_save_dict()):
                states[service] = _copied(get_state)
                if service not in TELEMETRY:
                    await asyncio.sleep(0)
            await asyncio.to_thread(self._write, states, first)

    def _save_at_the_end(self, services: dict[str, Callable[[], object]]) -> None:
        first = self._telemetry.turn()
        try:
            self._write({service: _copied(get_state) for service, get_state in _telemetry_first(services)}, first)
        except OSError as error:
            self.failure = f"{error.strerror or error}."

    def _write(self, states: dict[str, object], first: int) -> None:
        with self._writing:
            folder = self.state / f"snapshot-{self.number + 1:08d}"
            draft = folder.with_suffix(".partial")
            shutil.rmtree(draft, ignore_errors=True)
            try:
                self._fill(draft, states)
                (draft / JOURNAL).write_text(str(first))
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)  # half a snapshot would fill a full disk further
                raise
            draft.rename(folder)
            older, self.newest = self.newest, folder
            # A service that MiniStack has not needed yet loads its document when it does.
            self._format.STATE_DIR = str(folder)
            shutil.rmtree(older, ignore_errors=True)
            self._telemetry.journal.forget(before=first)
            self._prune(self._code_in_use)

    def _fill(self, draft: Path, states: dict[str, object]) -> None:
        draft.mkdir(parents=True)
        for service, state in states.items():
            if state is not None:
                self._write_document(draft / f"{service}.json", service, state)
        self._carry_over(draft)

    def _write_document(self, path: Path, service: str, state: object) -> None:
        wrapped = {"__ministack_format__": self._format._state_format_version(service), "payload": state}
        with path.open("w") as file:
            file.writelines(self._pieces(wrapped))

    def _pieces(self, value: object, depth: int = 0) -> Iterator[str]:
        """Return the JSON of a value in pieces: a thread that encodes a large one whole lets no request pass.

        Each piece is encoded by dumps: json.dump does not use the encoder that is written in C.
        """
        if isinstance(value, self._scoped):
            value = self._format._json_default(value)
        if depth < DEEPEST_PIECE and isinstance(value, dict) and value:
            separator = "{"
            for key, each in value.items():
                yield separator + json.dumps({key: 0})[1:-2]
                yield from self._pieces(each, depth + 1)
                separator = ", "
            yield "}"
        else:
            yield json.dumps(value, default=self._format._json_default)

    def _carry_over(self, draft: Path) -> None:
        """Keep the documents of services that this run did not use."""
        for document in self.newest.glob("*.json"):
            if not (draft / document.name).exists():
                os.link(document, draft / document.name)

    def _remember_code_in_use(self, referenced: set[str]) -> None:
        self._code_in_use = set(referenced)


def _telemetry_first(services: Mapping[str, Callable[[], object]]) -> Iterable[tuple[str, Callable[[], object]]]:
    return sorted(services.items(), key=lambda service: service[0] not in TELEMETRY)


def _copied(get_state: Callable[[], object]) -> object:
    """Return a service's state; try again when a thread wrote a Lambda's log line in between."""
    for _ in range(RETRIES):
        try:
            return get_state()
        except RuntimeError as error:
            if "changed size during iteration" not in str(error) and "mutated during iteration" not in str(error):
                raise
    return get_state()
