"""Find a Python for LocalStack's open core, which needs another one than the project does.

``uv python find`` gives up at the first name on the path that does not answer (a shim of pyenv for a version that is
not active), so each place is tried in turn here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSION = "3.13"


def find() -> str | None:
    """The path of an interpreter of VERSION, or None where there is none."""
    return next((str(each) for each in _places() if _is_wanted(each)), None)


def _places() -> Iterator[Path]:
    name = f"python{VERSION}"
    yield from (Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
    yield from sorted((pyenv / "versions").glob(f"{VERSION}*/bin/{name}"))
    yield from sorted(uv.glob(f"cpython-{VERSION}*/bin/{name}"))


def _is_wanted(python: Path) -> bool:
    if not python.is_file():
        return False
    asked = [str(python), "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip() == VERSION
