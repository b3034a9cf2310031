"""Photos and scans of every sort: complete ones are taken, damaged ones are not, and thumbnails show what is meant."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from handlers.contract.receipt import ContentType
from handlers.inspection.inspect import inspect
from handlers.inspection.verdict import Unacceptable
from tests.unit import files, heics

LINES = Image.new("1", (1300, 1300), 1)
for at in range(0, 1300, 4):
    LINES.paste(0, (0, at, 1300, at + 2))
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<a xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></x:xmpmeta>'
)


def thumbnail(data: bytes, content_type: ContentType = "image/png") -> Image.Image:
    return Image.open(io.BytesIO(inspect(data, content_type).thumbnail or b""))


def png(header: bytes, rows: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG of the given chunks, whose rows are not compressed yet."""
    chunks = [(b"IHDR", header), *more, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(files._chunk(*each) for each in chunks)


def test_the_photo_of_a_48_megapixel_camera_is_taken() -> None:
    facts = inspect(files.encoded(Image.new("L", (8064, 6048), 99), "JPEG"), "image/jpeg")
    assert (facts.width, facts.height) == (8064, 6048)


@pytest.mark.parametrize("packed", [True, False])
def test_a_png_may_have_texts_of_any_size(packed: bool) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 2_000_000, zip=packed)
    info.add_itxt("Other", "x" * 2_000_000, zip=packed)
    assert inspect(files.encoded(files.picture(30, 20), "PNG", pnginfo=info), "image/png").width == 30


def test_a_png_may_have_a_large_colour_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + bytes(2_000_000)
    assert inspect(files.encoded(files.picture(30, 20), "PNG", icc_profile=profile), "image/png").width == 30


@pytest.mark.parametrize("size", [(300, 200), (900, 700)])
def test_a_png_whose_data_are_damaged_is_rejected_whatever_its_size(size: tuple[int, int]) -> None:
    good = bytearray(files.noise(*size, "PNG"))
    good[len(good) // 2] ^= 0xFF
    short = png(struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0), bytes(size[0] * size[1] // 2))
    unsure = bytearray(files.noise(*size, "PNG"))
    unsure[-13] ^= 0xFF  # of the checksum of the last data
    for bad in (bytes(good), short, bytes(unsure)):
        with pytest.raises(Unacceptable, match="undecodable"):
            inspect(bad, "image/png")


def test_a_heic_of_tiles_is_taken_and_one_without_its_last_tiles_is_not() -> None:
    whole = heics.tile_grid()
    assert inspect(whole, "image/heic").width == 3 * heics.SIDE
    for part in (0.3, 0.6, 0.99):
        with pytest.raises(Unacceptable, match="undecodable"):
            inspect(whole[: int(len(whole) * part)], "image/heic")


def test_of_a_heic_with_several_large_images_the_first_is_shown() -> None:
    several = {"save_all": True, "append_images": [Image.new("RGB", (800, 660), "lime")]}
    data = files.encoded(files.picture(900, 700), "HEIF", **several)
    assert inspect(data, "image/heic").width == 900
    assert thumbnail(data, "image/heic").size == (640, 498)


@pytest.mark.parametrize("mode", ["1", "P"])
def test_the_lines_of_a_scan_become_grey_and_not_jagged(mode: str) -> None:
    values = set(thumbnail(files.encoded(LINES.convert(mode), "PNG")).convert("L").crop((50, 50, 60, 600)).tobytes())
    assert min(values) > 20
    assert max(values) < 235


PROFILED: dict[str, ContentType] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}


@pytest.mark.parametrize("kind", PROFILED)
def test_colours_are_those_that_the_profile_means(kind: str) -> None:
    """55 of 255, as a share of the light, is 127 on the curve of sRGB."""
    linear = files.linear_profile()
    plain, meant = (
        thumbnail(files.encoded(Image.new("RGB", (64, 64), (55, 55, 55)), kind, **more), PROFILED[kind]).getpixel(
            (9, 9)
        )
        for more in ({}, {"icc_profile": linear})
    )
    assert plain == pytest.approx((55, 55, 55), abs=3)
    assert meant == pytest.approx((127, 127, 127), abs=4)


def test_xmp_does_not_turn_a_png() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP)
    assert inspect(files.encoded(files.picture(80, 60), "PNG", pnginfo=info), "image/png").width == 80


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_is_white_at_every_depth(depth: int) -> None:
    size = depth // 8
    data = png(
        struct.pack(">IIBBBBB", 2, 1, depth, 2, 0, 0, 0), bytes(1 + 3 * size) + b"\x80" * 3 * size, (b"tRNS", bytes(6))
    )
    left, right = (thumbnail(data).convert("L").getpixel((x, 0)) for x in (0, 1))
    assert left == pytest.approx(255, abs=40)
    assert right == pytest.approx(128, abs=40)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_grey_is_white_at_every_depth(depth: int) -> None:
    """Three pixels: black, which is transparent, and two in middle grey."""
    grey = 2 ** (depth - 1)
    bits = "".join(f"{value:0{depth}b}" for value in (0, grey, grey)).ljust(8, "0")
    row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    data = png(struct.pack(">IIBBBBB", 3, 1, depth, 0, 0, 0, 0), b"\0" + row, (b"tRNS", bytes(2)))
    left, right = (thumbnail(data).convert("L").getpixel((x, 0)) for x in (0, 2))
    assert left == pytest.approx(255, abs=9)
    assert right == pytest.approx(255 * grey / (2**depth - 1), abs=9)
