"""Read the objects of a PDF as a tolerant viewer does (ISO 32000-2, 7.2 and 7.3): names decoded, comments left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from handlers.inspection.verdict import Unacceptable

MAX_STEPS = 3_000_000
"""Tokens of one PDF outside its streams; 10 MiB of the densest real files have fewer."""
MAX_DEPTH = 200
"""Arrays and dictionaries inside each other; qpdf stops at 499."""
BYTES_PER_STEP = 256
TOKEN = re.compile(
    rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+"
    rb"(?:(<<|>>|[\[\]])|/([^\0\t\n\f\r ()<>\[\]{}/%]*+)|(\()|(<[^<>]*+>?|[)>{}])|([^\0\t\n\f\r ()<>\[\]{}/%]++))"
)
BRACKET, NAME, STRING, OTHER = 1, 2, 3, 4
PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
INTEGER = re.compile(rb"[+-]?\d{1,18}")
ENDS = frozenset({b"endobj", b"obj", b"stream", b"endstream", b"xref", b"trailer", b"startxref"})
"""Words after which no object continues."""


class Name(bytes):
    """A name without its slash."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an object by its number."""

    number: int


class Dictionary(list[Any]):
    """The keys and values of a dictionary in their order: a repeated key has each of its values."""

    def after(self, key: bytes) -> list[Any]:
        """Each item that follows ``key``: viewers that lose count in a broken dictionary take different ones."""
        return [self[at] for at in range(1, len(self)) if self[at - 1] == key and type(self[at - 1]) is Name]


@dataclass(slots=True)
class Budget:
    """The work that one file may cause. More raises ``too_complex``."""

    steps: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise Unacceptable("too_complex")


@dataclass(slots=True)
class Reader:
    """Reads one object from ``at`` on; afterwards ``at`` is behind it. A broken object ends where it cannot go on."""

    data: bytes
    at: int
    budget: Budget
    open: list[list[Any]] = field(default_factory=lambda: [[]])

    def read(self) -> Any:
        """The value: a name, a reference, an integer, a string, an array, a dictionary, or None for all else."""
        top = self.open[0]
        while not (len(self.open) == 1 and top and type(top[-1]) is not int):
            token = TOKEN.match(self.data, self.at)
            self.budget.spend(1 + ((token.end() if token else len(self.data)) - self.at) // BYTES_PER_STEP)
            if token is None or token[5] in ENDS or not self._take(token):
                break
        while len(self.open) > 1:
            self._close()
        return top[0] if len(top) == 1 or (top and type(top[-1]) is int) else top[-1] if top else None

    def _take(self, token: re.Match[bytes]) -> bool:
        """Take in one token. False: it does not belong to the object."""
        kind, items, self.at = token.lastindex, self.open[-1], token.end()
        if kind == NAME:
            items.append(Name(ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), token[NAME])))
        elif kind == BRACKET and token[BRACKET] in {b"<<", b"["}:
            if len(self.open) > MAX_DEPTH:
                raise Unacceptable("too_complex")
            self.open.append(Dictionary() if token[BRACKET] == b"<<" else [])
        elif kind == BRACKET:
            if len(self.open) == 1:
                return False
            self._close()
        elif kind == STRING:
            items.append(self._string())
        elif kind == OTHER:
            items.append(_hexadecimal(token[OTHER]))
        else:
            _take_word(items, token[5])
        return True

    def _close(self) -> None:
        closed = self.open.pop()
        self.open[-1].append(closed)

    def _string(self) -> bytes:
        """A string in parentheses, without decoding its escapes: nothing depends on them."""
        start, depth = self.at, 1
        for each in PARENTHESIS.finditer(self.data, start):
            depth += {b"(": 1, b")": -1}.get(each[0], 0)
            self.budget.spend(1)
            if depth == 0:
                self.at = each.end()
                break
        else:
            self.at = len(self.data)
        self.budget.spend((self.at - start) // BYTES_PER_STEP)
        return self.data[start : self.at - 1]


def _hexadecimal(token: bytes) -> bytes | None:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", token)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()) if token.startswith(b"<") else None


def _take_word(items: list[Any], word: bytes) -> None:
    """A number, or ``R``, which makes a reference of the two numbers before it."""
    if word == b"R" and len(items) > 1 and type(items[-1]) is int and type(items[-2]) is int:
        items[-2:] = [Ref(items[-2])]
    else:
        items.append(int(word) if INTEGER.fullmatch(word) else None)


def dictionaries(value: Any) -> Iterator[Dictionary]:
    """The dictionaries in a value, without following references."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += [item for item in each if isinstance(item, list)]
            if isinstance(each, Dictionary):
                yield each
