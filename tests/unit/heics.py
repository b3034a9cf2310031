"""HEIC files as phones write them: a grid of tiles, each an image of its own (ISO 23008-12, 6.6.2.3)."""

from __future__ import annotations

import struct
from functools import cache

from tests.unit import files

SIDE = 128
"""Pixels of a tile."""


def tile_grid(columns: int = 3, rows: int = 3) -> bytes:
    """A photo of tiles; the grid is the primary item, behind it the data of each tile."""
    header, tile = _tile()
    count = columns * rows
    ids = range(2, count + 2)
    size = struct.pack(">HH", columns * SIDE, rows * SIDE)
    grid = bytes([0, 0, rows - 1, columns - 1]) + size
    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(at: int) -> bytes:
        entries = [_entry(1, b"grid"), *(_entry(number, b"hvc1") for number in ids)]
        tiles = (_place(each, 0, at + nth * len(tile), len(tile)) for nth, each in enumerate(ids))
        places = [_place(1, 1, 0, len(grid)), *tiles]
        sizes = ((SIDE, SIDE), (columns * SIDE, rows * SIDE))
        extents = b"".join(_box(b"ispe", struct.pack(">III", 0, *each)) for each in sizes)
        links = struct.pack(">HB", 1, 1) + b"\x03" + b"".join(struct.pack(">HB", each, 2) + b"\x81\x02" for each in ids)
        uses = struct.pack(">HH", 1, count) + b"".join(struct.pack(">H", each) for each in ids)
        return _box(
            b"meta",
            bytes(4)
            + _box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + _box(b"pitm", struct.pack(">IH", 0, 1))
            + _box(b"iloc", struct.pack(">IBBH", 1 << 24, 0x44, 0, count + 1) + b"".join(places))
            + _box(b"iinf", struct.pack(">IH", 0, count + 1) + b"".join(entries))
            + _box(b"iprp", _box(b"ipco", header + extents) + _box(b"ipma", struct.pack(">II", 0, count + 1) + links))
            + _box(b"iref", bytes(4) + _box(b"dimg", uses))
            + _box(b"idat", grid),
        )

    before = len(head) + len(meta(0)) + 8
    return head + meta(before) + _box(b"mdat", tile * count)


@cache
def _tile() -> tuple[bytes, bytes]:
    """The decoder's configuration, and the data, of one tile."""
    data = files.noise(SIDE, SIDE, "HEIF")
    at = data.index(b"hvcC") - 4
    media = data.index(b"mdat") + 4
    return data[at : at + int.from_bytes(data[at : at + 4])], data[media:]


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _entry(number: int, kind: bytes) -> bytes:
    return _box(b"infe", struct.pack(">IHH", 2 << 24, number, 0) + kind + b"\0")


def _place(number: int, method: int, offset: int, length: int) -> bytes:
    return struct.pack(">HHHHII", number, method, 0, 1, offset, length)
