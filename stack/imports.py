"""The modules that a module imports, directly or through others, also inside functions: the files of a function's zip.

Import statements are found by a pattern: a plan needs them for every function, and parsing takes five times as long.
`tests/unit/test_imports.py` compares the result with that of a parser.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

STATEMENT = re.compile(
    rb"^[ \t]*(?:from[ ]+([\w.]+)[ ]+import[ ]+(\([^)]*\)|[^\n]*)|import[ ]+([\w., ]+))", re.MULTILINE
)
COMMENT = re.compile(rb"#[^\n]*")
NAME = re.compile(rb"([\w.]+)(?:[ ]+as[ ]+\w+)?")


def closure(files: Mapping[str, bytes], module: str) -> dict[str, bytes]:
    """The files that ``module`` needs, of ``files`` (``package/module.py`` and its content): its own and all imported.

    They include the ``__init__.py`` of each package, and its ``__main__.py``: a function may run it as a process.
    """
    needed: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        parts = waiting.pop().split(".")
        place = "/".join(parts)
        parents = ["/".join(parts[:end]) + "/__init__.py" for end in range(1, len(parts) + 1)]
        found = [place + ".py", *parents, f"{place.rpartition('/')[0]}/__main__.py"]
        for name in found:
            if name in files and name not in needed:
                needed[name] = files[name]
                waiting += imported(files[name])
    return needed


@functools.cache
def imported(source: bytes) -> frozenset[str]:
    """The modules that ``source`` names in imports; an imported name may be a module, so it is one of them."""
    return frozenset(_imported(source))


def _imported(source: bytes) -> Iterator[str]:
    for package, names, modules in STATEMENT.findall(source):
        if package:
            yield package.decode()
            for name in NAME.finditer(COMMENT.sub(b"", names)):
                yield f"{package.decode()}.{name[1].decode()}"
        for module in NAME.finditer(modules):
            yield module[1].decode()
