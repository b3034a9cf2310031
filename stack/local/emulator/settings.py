"""What the launcher is told: by arguments, since MiniStack reads the environment."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One run of the emulator.

    `home` holds everything the run leaves behind; `nonce` lets the starter recognise the process it started;
    `snapshot_seconds` is the time between two snapshots, 0 for none but on demand and at the end.
    """

    home: Path
    host: str
    port: int
    nonce: str
    region: str
    handlers_python: str
    snapshot_seconds: float
    stock: bool

    @property
    def state(self) -> Path:
        """Where MiniStack keeps signing keys and code, and we keep snapshots."""
        return self.home / "state"

    @property
    def objects(self) -> Path:
        """Where the bytes of S3 objects are written through."""
        return self.home / "objects"

    @property
    def scratch(self) -> Path:
        """Private temporary folder: Lambda workers leave their code behind here."""
        return self.home / "tmp"


def from_arguments(arguments: list[str]) -> Settings:
    """The settings that these command-line arguments spell."""
    parser = argparse.ArgumentParser(prog="serve.py", description="MiniStack with our patches, in one process")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--nonce", default="")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--handlers-python", required=True)
    parser.add_argument("--snapshot-seconds", type=float, default=120.0)
    parser.add_argument("--stock", action="store_true")
    return Settings(**vars(parser.parse_args(arguments)))
