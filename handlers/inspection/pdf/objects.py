"""Find every object of a PDF: of each revision, behind its end, in compressed streams, in use or not.

Viewers disagree about the place where the table of objects is, and search for objects when it is broken. So each place
counts at which any of them could find an object. Of an object that is there twice, both count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from handlers.inspection.pdf.streams import Inflater, decoded
from handlers.inspection.pdf.syntax import TOKEN, Budget, Dictionary, Name, Ref, dictionaries, read
from handlers.inspection.verdict import MAX_OBJECTS, Unacceptable

START = re.compile(rb"(?<!end)obj(?=[\0\t\n\f\r ()<>\[\]{}/%])|\btrailer\b")
NUMBER = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]*\Z")
LINE_END = re.compile(rb"[ \t]*(?:\r\n|\n|\r)?")
MAX_ROWS = 1_000_000
"""Rows that a table of objects may claim to have; readers make room for them before they look."""
UNKNOWN = -1
"""The number of an object whose number is not before it."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object: its value, and for a stream a function that decodes its content."""

    value: Any
    content: Callable[[], bytes] | None = None


@dataclass(slots=True)
class Objects:
    """The objects by number, and what they may still cost."""

    budget: Budget = field(default_factory=Budget)
    inflater: Inflater = field(default_factory=Inflater)
    items: dict[int, list[Item]] = field(default_factory=dict)
    count: int = 0

    def add(self, number: int, item: Item) -> None:
        self.count += 1
        if self.count > MAX_OBJECTS:
            raise Unacceptable("too_complex")
        self.items.setdefault(number, []).append(item)

    def __iter__(self) -> Iterator[Item]:
        return (item for each in self.items.values() for item in each)

    def find(self, value: Any) -> list[Item]:
        """The objects that a value means: itself, or each that its reference may lead to."""
        found, left, seen = [], [Item(value)], set[int]()
        while left:
            item = left.pop()
            if not isinstance(item.value, Ref):
                found.append(item)
            elif item.value.number not in seen:
                seen.add(item.value.number)
                left += self.items.get(item.value.number, [])
        return found

    def values(self, dictionary: Dictionary, key: bytes) -> list[Any]:
        """The values of a key, references followed."""
        return [item.value for each in dictionary.after(key) for item in self.find(each)]


def read_objects(data: bytes) -> Objects:
    """The objects in the bytes of a file; object streams are still closed.

    Raises:
        Unacceptable: too many of them, or too much to read.
    """
    starts = [(each.start(), each.end()) for each in START.finditer(data)]
    if len(starts) > MAX_OBJECTS:
        raise Unacceptable("too_complex")
    objects, whole = Objects(), data.rfind(b"endstream")
    for start, end in starts:
        value, behind = read(data, end, objects.budget)
        named = NUMBER.search(data, max(0, start - 40), start)
        number, content = int(named[1]) if named else UNKNOWN, None
        if isinstance(value, Dictionary):
            content = _content(objects, data, behind, value)
            _check_rows(value)
            if content and behind > whole:
                raise Unacceptable("undecodable")  # the file ends inside a stream
        objects.add(number, Item(value, content))
    return objects


def _content(objects: Objects, data: bytes, at: int, value: Dictionary) -> Callable[[], bytes] | None:
    token = TOKEN.match(data, at)
    if token is None or token["word"] != b"stream":
        return None
    line_end = LINE_END.match(data, token.end())
    start = line_end.end() if line_end else token.end()
    return lambda: decoded(objects, value, data, start)


def is_page_missing(objects: Objects) -> bool:
    """Whether a tree of pages names an object that the file has lost: readers leave it out, and report nothing."""
    trees = (each for item in objects for each in dictionaries(item.value) if b"Kids" in each and b"Count" in each)
    lists = (found for tree in trees for found in objects.values(tree, b"Kids") if type(found) is list)
    kids = (kid for found in lists for kid in found)
    return any(isinstance(kid, Ref) and kid.number not in objects.items for kid in kids)


def _check_rows(value: Dictionary) -> None:
    indexes = (index for index in value.after(b"Index") if type(index) is list)
    claimed = [*value.after(b"Size"), *(size for index in indexes for size in index)]
    if Name(b"XRef") in value.after(b"Type") and any(type(size) is int and size > MAX_ROWS for size in claimed):
        raise Unacceptable("too_complex")


def unpack(objects: Objects) -> None:
    """Open the object streams (ISO 32000-2, 7.5.7).

    Raises:
        Unacceptable: too many objects, or too much to decompress.
    """
    packed = [item for item in objects if item.content and b"First" in item.value]  # a viewer need not look at its type
    for item in packed:
        content = item.content() if item.content else b""
        for first in objects.values(item.value, b"First"):
            for number, at in _rows(content, first, objects.budget):
                objects.add(number, Item(read(content, at, objects.budget)[0]))


def _rows(content: bytes, first: Any, budget: Budget) -> list[tuple[int, int]]:
    """Number and place of each object in an object stream."""
    if type(first) is not int or not 0 <= first <= len(content):
        return []
    head = [int(each) for each in re.findall(rb"\d{1,10}", content[:first])]
    budget.spend(len(head))
    rows = zip(head[::2], head[1::2], strict=False)
    return [(number, first + at) for number, at in rows if first + at < len(content)]
