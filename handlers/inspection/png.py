"""Read a PNG by its chunks (PNG, third edition): those that its pixels need, its colour profile and its EXIF.

A browser ignores all others, among them texts of any size, and XMP with an orientation.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops

MARK = b"\x89PNG\r\n\x1a\n"
NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})
MAX_PROFILE = 16 * 1024 * 1024
"""Bytes of a colour profile, decompressed. The largest real ones, for inks, have 3 MB."""
GREY = 0
END = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG without the chunks that it does not need. ``clear``: the grey value that is transparent, if one is."""

    data: bytes
    profile: bytes | None
    exif: bytes | None
    depth: int
    clear: int | None


def read_png(data: bytes) -> Png:
    """The parts of a PNG.

    Raises:
        ValueError: it ends early, or a needed chunk is damaged.
    """
    kept, others, header, clear = [MARK], dict[bytes, bytes](), b"", None
    for kind, content, whole in _chunks(data):
        if kind == b"IEND":
            break
        if kind == b"IHDR" and not header:
            header = content
        grey = len(header) > 9 and header[9] == GREY  # noqa: PLR2004 (the colour type)
        if kind == b"tRNS" and grey:  # Pillow does not scale the value as it scales the pixels
            clear = int.from_bytes(content[:2]) if len(content) > 1 else None
        elif kind in NEEDED:
            if zlib.crc32(kind + content) != int.from_bytes(whole[-4:]):
                raise ValueError(f"a chunk {kind!r} is damaged")
            kept.append(whole)
        else:
            others.setdefault(kind, content)
    if not header:
        raise ValueError("a PNG has a header")
    profile = _profile(others[b"iCCP"]) if b"iCCP" in others else None
    return Png(b"".join([*kept, END]), profile, others.get(b"eXIf"), header[8], clear)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, content and bytes of each chunk."""
    at = len(MARK)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        if end > len(data) and kind != b"IEND":
            raise ValueError("a chunk ends early")
        yield kind, data[at + 8 : end - 4], data[at:end]
        at = end


def _profile(content: bytes) -> bytes | None:
    """The colour profile; None for one that cannot be read."""
    _, _, compressed = content.partition(b"\0")
    machine = zlib.decompressobj()
    try:
        profile = machine.decompress(compressed[1:], MAX_PROFILE)
    except zlib.error:
        return None
    return profile if machine.eof else None


def grey(image: Image.Image, png: Png) -> Image.Image:
    """A grey image in 8 bits, with the transparency that its PNG declares."""
    if image.mode.startswith("I;16"):
        pixels = image.tobytes()
        high, low = (Image.frombytes("L", image.size, pixels[at::2]) for at in (1, 0))
        parts = [(high, (png.clear or 0) >> 8), (low, (png.clear or 0) & 0xFF)]
        image = high
    else:
        image = image.convert("L")
        parts = [(image, (png.clear or 0) * 255 // (2**png.depth - 1))]
    if png.clear is None:
        return image
    opaque = [part.point([0 if value == clear else 255 for value in range(256)]) for part, clear in parts]
    return Image.merge("LA", (image, ImageChops.lighter(opaque[0], opaque[-1])))
