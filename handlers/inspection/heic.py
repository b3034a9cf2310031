"""Read the boxes of a HEIC file (ISO 14496-12 and ISO 23008-12): whether all of its parts are there.

A decoder fills the tiles that it does not find with one colour, and reports nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

IN_FILE, IN_META = 0, 1
"""Construction methods: where a part is stored."""


@dataclass(slots=True)
class Fields:
    """Reads whole numbers, one after the other."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> int:
        """The number in the next ``size`` bytes.

        Raises:
            ValueError: the data ends before.
        """
        self.at += size
        if self.at > len(self.data):
            raise ValueError("a box ends early")
        return int.from_bytes(self.data[self.at - size : self.at])


def check_complete(data: bytes) -> None:
    """Every part that the file announces is in it.

    Raises:
        ValueError: one is not.
    """
    for kind, meta in _boxes(data, 0):
        if kind != b"meta":
            continue
        inside = dict(_boxes(meta, 4))
        ends = {IN_FILE: len(data), IN_META: len(inside.get(b"idat", b""))}
        for method, end in _parts(inside.get(b"iloc", b"\0" * 8)):
            if end > ends.get(method, end):
                raise ValueError("a part of the image is missing")


def _boxes(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box; what does not look like one ends them (cameras append other things)."""
    while at + 8 <= len(data):
        fields = Fields(data, at)
        size, kind, head = fields.take(4), data[at + 4 : at + 8], 8
        if size == 1 and at + 16 <= len(data):
            fields.at, head = at + 8, 16
            size = fields.take(8)
        end = len(data) if size == 0 else at + size
        if end < at + head:
            return
        yield kind, data[at + head : end]
        at = end


def _parts(iloc: bytes) -> Iterator[tuple[int, int]]:
    """Construction method and end of each part (ISO 14496-12, 8.11.3)."""
    fields = Fields(iloc)
    version = fields.take(4) >> 24
    sizes = fields.take(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version > 1 else 2
    for _ in range(fields.take(wide)):
        fields.take(wide)
        method = fields.take(2) & 15 if version else IN_FILE
        outside = fields.take(2)
        base = fields.take(base_size)
        for _ in range(fields.take(2)):
            fields.take(index_size if version else 0)
            offset, length = fields.take(offset_size), fields.take(length_size)
            if not outside:
                yield method, base + offset + length
