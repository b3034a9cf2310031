"""The settings of one run: arguments of the command line, because MiniStack reads the environment."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One run of the emulator.

    `home` holds every file of the run but the unpacked zips, which emulators share in `unpacked`; by `nonce` the
    launcher recognises the process that it started; `snapshot_seconds` is the time between two snapshots, 0 for none
    but on demand and at the end. The run ends when `owner_pid` is no longer its parent; 0 stands for no owner.
    """

    home: Path
    host: str
    port: int
    nonce: str
    region: str
    handlers_python: str
    unpacked: Path
    snapshot_seconds: float
    stock: bool
    owner_pid: int = 0

    @property
    def state(self) -> Path:
        """The folder of MiniStack's signing keys and code, and of our snapshots."""
        return self.home / "state"

    @property
    def objects(self) -> Path:
        """The folder of the bytes of S3 objects, which are written at once."""
        return self.home / "objects"

    @property
    def scratch(self) -> Path:
        """The private temporary folder: Lambda workers leave their code behind here."""
        return self.home / "tmp"


def from_arguments(arguments: list[str]) -> Settings:
    """Return the settings in these command-line arguments."""
    parser = argparse.ArgumentParser(prog="serve.py", description="MiniStack with our patches, in one process")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 chooses a free one")
    parser.add_argument("--nonce", default="")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--handlers-python", required=True)
    parser.add_argument("--unpacked", type=Path, required=True, help="the folder of unpacked zips")
    parser.add_argument("--snapshot-seconds", type=float, default=120.0)
    parser.add_argument("--owner-pid", type=int, default=0, help="end when this process is no longer the parent")
    parser.add_argument("--stock", action="store_true")
    return Settings(**vars(parser.parse_args(arguments)))
