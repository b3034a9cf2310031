"""The type of a file by its first bytes, whatever it is called. Only the types that receipts may have."""

from __future__ import annotations

from handlers.contract.receipt import ContentType

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
"""Of ISO 23008-12 with HEVC inside; ``mif1`` and ``msf1`` name the container alone, and AVIF has it, too."""
HEADER_WITHIN = 1024
"""Bytes in which readers look for the header of a PDF (Adobe's PDF Reference 1.7, appendix H, note 13)."""


def sniffed(data: bytes) -> ContentType | None:
    """The type; None for any other."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and _brands(data) & _HEIC_BRANDS:
        return "image/heic"
    return "application/pdf" if b"%PDF-" in data[:HEADER_WITHIN] else None


def _brands(data: bytes) -> set[bytes]:
    """The major and the compatible brands of a file type box (ISO 14496-12, 4.3)."""
    box = data[8 : min(int.from_bytes(data[:4]), 256)]
    return {box[at : at + 4] for at in range(0, len(box), 4) if at != 4}  # noqa: PLR2004 (the minor version)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of the canvas, without decoding: Pillow would take memory for it before it tells.

    From the container's specification (developers.google.com/speed/webp/docs/riff_container), RFC 6386 and RFC 9649.
    """
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:  # noqa: PLR2004
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None
