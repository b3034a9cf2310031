"""Unpack each zip once; Lambda workers get links to its files, as AWS mounts read-only /opt and /var/task.

Stock MiniStack unpacks code and layers again for every worker: most of a cold start is spent making files (measured:
1,050 ms against 220 on ext4). A tree is named by its zip's SHA-256, so that a new zip is a new tree. All emulators of a
checkout share the trees. An emulator holds a lock on each tree that it uses; at its start it removes those that nobody
has used for a week. Python fills `__pycache__` at the first import and the next worker finds it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from pinned import require

if TYPE_CHECKING:
    from collections.abc import Callable

PATCH = "unpacked zips"
FEW = 20
"""Files of a code zip up to which unpacking is cheaper than keeping a tree."""
WEEK_SECONDS = 7 * 86_400


def apply(cache: Path) -> None:
    """Let MiniStack's Lambda runtime open zips through a class that keeps their trees in `cache`."""
    require(lambda_runtime.zipfile is zipfile, PATCH, "lambda_runtime unpacks with the zipfile module")
    constants = lambda_runtime.Worker._spawn.__code__.co_consts
    require("layer_" in constants, PATCH, "a worker's layers are unpacked into folders named layer_<n>")
    trees = Trees(cache)

    class SharedZip(zipfile.ZipFile):
        def namelist(self) -> list[str]:
            # MiniStack checks that no name of a layer leads out of its folder (two path resolutions a file, a third
            # of a cold start). ZipFile.extractall keeps every name inside by itself.
            return [] if self._is_layer else super().namelist()

        def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
            if not self._is_layer and len(self.filelist) <= FEW:
                super().extractall(path, members, pwd)
                return
            tree = trees.tree(Path(str(self.filename)), self._extract)
            for entry in tree.iterdir():
                Path(path, entry.name).symlink_to(entry)

        def _extract(self, path: Path) -> None:
            super().extractall(path, self.filelist)

        @property
        def _is_layer(self) -> bool:
            return Path(str(self.filename)).name.startswith("layer_")

    class Zips:
        """The parts of the zipfile module that lambda_runtime uses."""

        ZipFile = SharedZip
        BadZipFile = zipfile.BadZipFile
        LargeFileError = zipfile.LargeZipFile  # 1.5.33 asks for a name that zipfile does not have

    lambda_runtime.zipfile = Zips


class Trees:
    """The unpacked zips in one folder."""

    def __init__(self, cache: Path) -> None:
        self._cache, self._held, self._turn = cache, dict[str, int](), threading.Lock()
        cache.mkdir(parents=True, exist_ok=True)
        for lock in cache.glob("*.lock"):
            if lock.stat().st_mtime < time.time() - WEEK_SECONDS:
                _remove_unused(lock)

    def tree(self, packed: Path, unpack: Callable[[Path], None]) -> Path:
        """The folder with the files of the zip `packed`; `unpack` fills it when it does not exist."""
        with packed.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()
        tree = self._cache / name
        with self._turn:
            self._hold(name)
            if not tree.is_dir():
                draft = self._cache / f"{name}.{os.getpid()}"
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                unpack(draft)
                try:
                    draft.rename(tree)
                except OSError:  # another emulator was quicker
                    shutil.rmtree(draft, ignore_errors=True)
        return tree

    def _hold(self, name: str) -> None:
        """Keep the tree from being removed for as long as this process lives."""
        if name not in self._held:
            self._held[name] = os.open(self._cache / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o644)
            fcntl.flock(self._held[name], fcntl.LOCK_SH)
        os.utime(self._held[name])


def _remove_unused(lock: Path) -> None:
    """Remove the tree behind `lock` and drafts beside it, unless an emulator uses it."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        for folder in lock.parent.glob(f"{lock.stem}*"):
            if folder != lock:
                shutil.rmtree(folder, ignore_errors=True)
