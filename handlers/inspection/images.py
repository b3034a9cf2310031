"""Look into a photo: all of it is decoded, so that what is served later is an image from its first to its last byte."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pi_heif
from PIL import Image

from handlers.contract.receipt import ContentType
from handlers.inspection.heic import check_complete
from handlers.inspection.png import grey, read_png
from handlers.inspection.sniff import webp_size
from handlers.inspection.thumbnail import jpeg
from handlers.inspection.verdict import MAX_PIXELS, THUMBNAIL, Facts, Unacceptable

FORMATS: dict[ContentType, tuple[str, ...]] = {
    "image/jpeg": ("JPEG", "MPO"),  # MPO: a JPEG with more pictures behind it, as many telephones write
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
}
BYTE = 8
"""Bits of a colour that Pillow keeps."""
ORIENTATION, EXIF, TAKEN, OFFSET = 0x0112, 0x8769, 0x9003, 0x9011
"""Tags of EXIF 3.0."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image upright, by its orientation."""
LYING = frozenset({5, 6, 7, 8})
"""Orientations whose width is the height of the upright image."""

Decoded = tuple[tuple[int, int], Image.Image, bytes | None, bytes | None]
"""The size in pixels, the image, which may be smaller already, its colour profile and its EXIF."""
Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded


def inspect_image(data: bytes, content_type: ContentType) -> Facts:
    """The facts of an image.

    Raises:
        Unacceptable: it has too many pixels.
        Exception: of any kind, by whichever decoder meets what it cannot decode.
    """
    if content_type == "image/webp" and (canvas := webp_size(data)):
        _check_pixels(canvas, content_type)
    size, image, profile, exif = DECODERS.get(content_type, _decode)(data, content_type)
    image.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=2.0)
    orientation, taken = _facts(exif)
    upright = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
    width, height = reversed(size) if orientation in LYING else size
    return Facts(width=width, height=height, taken_at=taken, thumbnail=jpeg(upright, profile))


def _decode(data: bytes, content_type: ContentType) -> Decoded:
    with Image.open(io.BytesIO(data), formats=FORMATS[content_type]) as image:
        size = _check_pixels(image.size, content_type)
        image.draft(None, _at_least(size))  # a JPEG is read whole, and made small on the way
        image.load()
        return size, _smooth(image), image.info.get("icc_profile"), image.info.get("exif")


def _decode_png(data: bytes, content_type: ContentType) -> Decoded:
    png = read_png(data)
    with Image.open(io.BytesIO(png.data), formats=FORMATS[content_type]) as image:
        size = _check_pixels(image.size, content_type)
        image.load()
        if png.depth > BYTE and isinstance(image.info.get("transparency"), tuple):
            image.info["transparency"] = tuple(value >> BYTE for value in image.info["transparency"])
        smooth = grey(image, png) if image.mode in {"1", "L", "I;16"} else _smooth(image)
        return size, smooth, png.profile, png.exif


def _decode_heic(data: bytes, content_type: ContentType) -> Decoded:
    """The primary image: Apple's spatial photos and bursts have more of them."""
    check_complete(data)
    file = pi_heif.open_heif(data, convert_hdr_to_8bit=True)
    primary = file[file.primary_index]
    _check_pixels(primary.size, content_type)
    image = primary.to_pillow()
    return image.size, image, image.info.get("icc_profile"), image.info.get("exif")


DECODERS: dict[ContentType, Callable[[bytes, ContentType], Decoded]] = {
    "image/png": _decode_png,
    "image/heic": _decode_heic,
}


def _smooth(image: Image.Image) -> Image.Image:
    """In a mode whose pixels can be mixed: neighbours in a palette have nothing between them."""
    if image.mode in {"P", "PA"} or (image.mode == "RGB" and image.has_transparency_data):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _at_least(size: tuple[int, int]) -> tuple[int, int]:
    """Twice the size of the thumbnail, so that little is lost."""
    scale = 2 * THUMBNAIL / max(size)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _check_pixels(size: tuple[int, int], content_type: ContentType) -> tuple[int, int]:
    if size[0] * size[1] > MAX_PIXELS[content_type]:
        raise Unacceptable("too_many_pixels")
    return size


def _facts(data: bytes | None) -> tuple[int, str | None]:
    """Orientation and time. EXIF is an extra: where it is broken, the image is as if it had none."""
    try:
        exif = Image.Exif()
        exif.load(data or b"")  # and not XMP, whose orientation no browser follows
        details: dict[int, Any] = exif.get_ifd(EXIF)
        orientation = exif.get(ORIENTATION, 1)
        return orientation if isinstance(orientation, int) else 1, taken_at(details.get(TAKEN), details.get(OFFSET))
    except Exception:  # noqa: BLE001 (its parser raises what it meets)
        return 1, None


def taken_at(moment: object, offset: object) -> str | None:
    """A time of EXIF in ISO 8601: in UTC where it names its offset from it, else as the camera's clock had it."""
    try:
        local = dt.datetime.strptime(_text(moment), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (EXIF has no zone)
    except ValueError:
        return None
    try:
        zone = dt.datetime.strptime(_text(offset), "%z").tzinfo
        return local.replace(tzinfo=zone).astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return local.isoformat()


def _text(value: object) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""
