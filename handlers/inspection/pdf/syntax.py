"""Read the objects of a PDF as a tolerant viewer does (ISO 32000-2, 7.2 and 7.3): names decoded, comments left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.inspection.verdict import Unacceptable

MAX_STEPS = 2_000_000
"""Tokens of one PDF outside its streams. 50,000 objects of real files have half of that."""
MAX_DEPTH = 200
"""Arrays and dictionaries inside each other; qpdf stops at 499."""
BYTES_PER_STEP = 256
SPACE, REGULAR = rb"[\0\t\n\f\r ]", rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
TOKEN = re.compile(
    rb"(?:" + SPACE + rb"++|%[^\r\n]*+)*+(?:"
    rb"(?P<word>(?!\d{1,10}" + SPACE + rb"++\d++" + SPACE + rb"++R(?!" + REGULAR + rb"))" + REGULAR + rb"++)"
    rb"|/(?P<name>" + REGULAR + rb"*+)"
    rb"|(?P<ref>\d++)" + SPACE + rb"++\d++" + SPACE + rb"++R"
    rb"|(?P<numbers>\[[-+.\d\0\t\n\f\r ]*+\])"
    rb"|(?P<bracket><<|>>|[\[\]])"
    rb"|\((?P<text>(?:[^()\\]++|\\.)*+)\)"
    rb"|(?P<string>\()"
    rb"|(?P<other><[^<>]*+>?|[)>{}])"
    rb")",
    re.DOTALL,
)
WORD, NAME, REF, NUMBERS, BRACKET, TEXT, STRING, OTHER = range(1, 9)
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
        if key not in self:
            return []
        return [self[at] for at in range(1, len(self)) if self[at - 1] == key and type(self[at - 1]) is Name]


@dataclass(slots=True)
class Budget:
    """The work that one file may cause. More raises ``too_complex``."""

    steps: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise Unacceptable("too_complex")


def read(data: bytes, at: int, budget: Budget) -> tuple[Any, int]:
    """The object that begins at ``at``, and its end. A broken object ends where it cannot go on.

    A value is a name, a reference, an integer, a string, an array, a dictionary, or None for all else.
    """
    opened: list[list[Any]] = [[]]
    while len(opened) > 1 or not _is_whole(opened[0]):
        token = TOKEN.match(data, at)
        budget.spend(1 + ((token.end() if token else len(data)) - at) // BYTES_PER_STEP)
        if token is None or token["word"] in ENDS:
            break
        kind, items = token.lastindex, opened[-1]
        if kind == WORD:
            _take_word(items, token[WORD])
        elif kind == BRACKET:
            if not _take_bracket(opened, token[BRACKET]):
                break
        elif kind == STRING:
            at = _string_end(data, token.end(), budget)
            items.append(data[token.end() : at - 1])
            continue
        else:
            items.append(_plain(kind, token))
        at = token.end()
    while len(opened) > 1:
        _close(opened)
    return (opened[0][0] if opened[0] else None), at


def _is_whole(top: list[Any]) -> bool:
    """Whether the object is complete: only behind an integer, a comment could be inside a reference."""
    return bool(top) and (type(top[-1]) is not int or len(top) > 2)  # noqa: PLR2004 (number, generation, R)


def _close(opened: list[list[Any]]) -> None:
    closed = opened.pop()
    opened[-1].append(closed)


def _take_bracket(opened: list[list[Any]], bracket: bytes) -> bool:
    """Open or close an array or a dictionary. False: there is none to close."""
    if bracket in {b"<<", b"["}:
        opened.append(Dictionary() if bracket == b"<<" else [])
        if len(opened) > MAX_DEPTH:
            raise Unacceptable("too_complex")
        return True
    if len(opened) == 1:
        return False
    _close(opened)
    return True


def _plain(kind: int | None, token: re.Match[bytes]) -> Any:
    """A name, a reference, an array of numbers, or a string; nothing depends on the escapes in strings: they stay."""
    if kind == NAME:
        name = token[NAME]
        return Name(ESCAPE.sub(_unescape, name) if b"#" in name else name)
    if kind == REF:
        return Ref(int(token[REF][:10]))
    if kind == NUMBERS:
        return [int(each) for each in token[NUMBERS][1:-1].split()[:MAX_DEPTH] if INTEGER.fullmatch(each)]
    if kind == TEXT:
        return token[TEXT]
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", token[OTHER])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()) if token[OTHER].startswith(b"<") else None


def _unescape(code: re.Match[bytes]) -> bytes:
    return bytes([int(code[1], 16)])


def _string_end(data: bytes, start: int, budget: Budget) -> int:
    """The end of a string that has other parentheses inside it."""
    depth, end = 1, len(data)
    for each in PARENTHESIS.finditer(data, start):
        depth += (each[0] == b"(") - (each[0] == b")")
        budget.spend(1)
        if depth == 0:
            end = each.end()
            break
    budget.spend((end - start) // BYTES_PER_STEP)
    return end


def _take_word(items: list[Any], word: bytes) -> None:
    """A number, or ``R``, which makes a reference of the two numbers before it."""
    if word == b"R" and len(items) > 1 and type(items[-1]) is int and type(items[-2]) is int:
        items[-2:] = [Ref(items[-2])]
    else:
        items.append(int(word) if word[-1] < 58 and INTEGER.fullmatch(word) else None)  # noqa: PLR2004 (a digit)


def dictionaries(value: Any) -> Iterator[Dictionary]:
    """The dictionaries in a value, without following references."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += [item for item in each if isinstance(item, list)]
            if isinstance(each, Dictionary):
                yield each
