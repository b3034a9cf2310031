"""Unpack each layer once; Lambda workers get links into it, as AWS mounts one read-only /opt for all.

Stock MiniStack unpacks every layer again for every worker: most of a cold start is spent making files
(measured: 1,050 ms against 220 on ext4). The tree is named by the zip's SHA-256, so that a new layer is a new
tree; Python fills its `__pycache__` at the first import and the next worker finds it, since the sources keep
their modification time.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from pinned import require

PATCH = "layer cache"


def apply(cache: Path) -> None:
    """Let MiniStack's Lambda runtime open zips through a class that keeps layers in `cache`."""
    require(lambda_runtime.zipfile is zipfile, PATCH, "lambda_runtime unpacks with the zipfile module")
    constants = lambda_runtime.Worker._spawn.__code__.co_consts
    require("layer_" in constants, PATCH, "a worker's layers are unpacked into folders named layer_<n>")
    unpacking = threading.Lock()

    class LayerZip(zipfile.ZipFile):
        def namelist(self) -> list[str]:
            # MiniStack checks that no name leads out of its folder (two path resolutions a file, a third of a cold
            # start). That was done when this layer was first unpacked.
            return [] if _is_layer(self.filename) and self._tree.is_dir() else super().namelist()

        def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
            if not _is_layer(path):
                super().extractall(path, members, pwd)
                return
            with unpacking:
                if not self._tree.is_dir():
                    draft = self._tree.with_suffix(".partial")
                    shutil.rmtree(draft, ignore_errors=True)
                    draft.mkdir(parents=True)
                    super().extractall(draft)
                    draft.rename(self._tree)
            for entry in self._tree.iterdir():
                Path(path, entry.name).symlink_to(entry)

        @functools.cached_property
        def _tree(self) -> Path:
            with Path(str(self.filename)).open("rb") as file:
                return cache / hashlib.file_digest(file, "sha256").hexdigest()

    class Zips:
        """The parts of the zipfile module that lambda_runtime uses."""

        ZipFile = LayerZip
        BadZipFile = zipfile.BadZipFile
        LargeFileError = zipfile.LargeZipFile  # 1.5.33 asks for a name that zipfile does not have

    lambda_runtime.zipfile = Zips


def _is_layer(path: object) -> bool:
    """Whether this is the zip or the folder of a worker's layer, which begin with the same word."""
    return path is not None and Path(str(path)).name.startswith("layer_")
