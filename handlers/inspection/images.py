"""Look into a photo: all of it is decoded, so that what is served later is an image from its first to its last byte."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pi_heif
from PIL import Image

from handlers.contract.receipt import ContentType
from handlers.inspection.sniff import webp_size
from handlers.inspection.verdict import MAX_PIXELS, THUMBNAIL, Facts, Unacceptable

FORMATS: dict[ContentType, tuple[str, ...]] = {
    "image/jpeg": ("JPEG", "MPO"),  # MPO: a JPEG with more pictures behind it, as many telephones write
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
}
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

pi_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded


def inspect_image(data: bytes, content_type: ContentType) -> Facts:
    """The facts of an image.

    Raises:
        Unacceptable: it has too many pixels.
        Exception: of any kind, by whichever decoder meets what it cannot decode.
    """
    if content_type == "image/webp" and (size := webp_size(data)):
        _check_pixels(size)
    with Image.open(io.BytesIO(data), formats=FORMATS[content_type]) as image:
        _check_pixels(image.size)
        size = image.size
        image.thumbnail((THUMBNAIL, THUMBNAIL), reducing_gap=2.0)  # a JPEG is read whole, and made small on the way
        orientation, taken_at = _exif(image)
        upright = image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image
        width, height = reversed(size) if orientation in LYING else size
        return Facts(width=width, height=height, taken_at=taken_at, thumbnail=jpeg(upright))


def jpeg(image: Image.Image) -> bytes:
    """A JPEG of the pixels and nothing else, on white where they are transparent."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")  # Pillow would cut off, not scale
    bare = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        bare.paste(layer, mask=layer)
    else:
        bare.paste(image.convert("RGB"))
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise Unacceptable("too_many_pixels")


def _exif(image: Image.Image) -> tuple[int, str | None]:
    """Orientation and time. EXIF is an extra: where it is broken, the image is as if it had none."""
    try:
        exif = image.getexif()
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
