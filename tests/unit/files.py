"""Files as people and attackers send them, made here: photos, documents, and what only looks like them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

pillow_heif.register_heif_opener()
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF_SCRIPT = b"GIF89a/*\x00\x00\x00\x00*/=1;alert(1);//"


def picture(width: int = 800, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Red above, blue below, so that up can be told from down."""
    image = Image.new("RGB", (width, height), "red")
    ImageDraw.Draw(image).rectangle((0, height // 2, width, height), fill="blue")
    return image.convert(mode)


def photo(
    kind: str = "JPEG", *, size: tuple[int, int] = (800, 600), taken: str = "", offset: str = "", orientation: int = 1
) -> bytes:
    """An image file with EXIF."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secret camera"
    details = exif.get_ifd(0x8769)
    if taken:
        details[0x9003] = taken
    if offset:
        details[0x9011] = offset
    return encoded(picture(*size), kind, exif=exif.tobytes())


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def linear_profile() -> bytes:
    """The colour profile of sRGB, but with light in place of the curve: half as bright is half the number."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    curve = struct.pack(">4sIHHI", b"para", 0, 0, 0, 0x10000)  # y = x to the power of 1 (ICC.1, 10.18)
    for row in range(132, 132 + 12 * int.from_bytes(profile[128:132]), 12):
        if profile[row + 1 : row + 4] == b"TRC":
            at = int.from_bytes(profile[row + 4 : row + 8])
            profile[at : at + len(curve)] = curve
    return bytes(profile)


def noise(width: int, height: int, kind: str = "JPEG", quality: int = 90) -> bytes:
    """An image that does not compress: near the size of a real photo."""
    grain = Image.effect_noise((width, height), 40)
    return encoded(Image.merge("RGB", (grain, grain, grain)), kind, quality=quality)


def document(pages: int = 1, *, script: str = "", action: dict[str, str] | None = None, files: bool = False) -> bytes:
    """A PDF of blank pages, and what it would do."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if script:
        action = {"/S": "/JavaScript", "/JS": script}
    if action:
        values = {NameObject(key): _object(value) for key, value in action.items()}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(values)
    if files:
        writer.add_attachment("invoice.xml", b"<invoice/>")
    return written(writer)


def encrypted_document(algorithm: str = "RC4-128", password: str = "secret") -> bytes:
    """A PDF that asks for a password; with an empty one, it may be read, but not changed."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt(password, "owner", algorithm=algorithm)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _object(value: str) -> Any:
    return NameObject(value) if value.startswith("/") else TextStringObject(value)


def scanned_document(pages: int = 10, width: int = 1240, height: int = 1754) -> bytes:
    """A PDF with one noisy image a page, as a scanner makes it."""
    images = [Image.effect_noise((width, height), 60).convert("RGB") for _ in range(pages)]
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], resolution=150, quality=60)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is that large: a decompression bomb."""
    row = zlib.compress(b"\0" * 1_000_000, 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", row), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def webp_claiming(width: int, height: int) -> bytes:
    """A WebP whose canvas says it is that large."""
    small = encoded(picture(8, 8), "WEBP", lossless=True)[12:]
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + (10).to_bytes(4, "little") + canvas + small
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header says it is that large."""
    data = bytearray(encoded(picture(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def heavy_document() -> bytes:
    """A PDF whose page tree, an attacker's, never ends: each node is its own kid."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF"
    )


def packed_document(action: bytes) -> bytes:
    """A PDF whose dictionaries, an action among them, are in a compressed object stream (ISO 32000-2, 7.5.7)."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        action,
    ]
    places = [sum(len(each) + 1 for each in objects[:at]) for at in range(len(objects))]
    index = b" ".join(b"%d %d" % (at + 1, place) for at, place in enumerate(places)) + b" "
    packed = zlib.compress(index + b" ".join(objects))
    head = b"%PDF-1.7\n"
    inner = b"5 0 obj<</Type/ObjStm/N 4/First %d/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (
        len(index),
        len(packed),
        packed,
    )
    at = len(head) + len(inner)
    rows = [(0, 0, 255), *((2, 5, place) for place in range(4)), (1, len(head), 0), (1, at, 0)]
    table = b"".join(struct.pack(">BHB", *row) for row in rows)
    last = b"6 0 obj<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Length %d>>stream\n%s\nendstream endobj\n" % (
        len(table),
        table,
    )
    return head + inner + last + b"startxref\n%d\n%%%%EOF" % at
