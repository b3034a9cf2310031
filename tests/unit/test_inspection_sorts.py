"""Every sort of photo and scan that people really have is taken, whatever its decoder's dark corners."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pypdf import PdfWriter

from handlers.contract.receipt import ContentType
from handlers.inspection.inspect import inspect
from tests.unit import files

PICTURE = files.picture(300, 200)
TURNED = PICTURE.rotate(180)
MANY = {"save_all": True, "append_images": [TURNED, PICTURE]}


def pdf(header: str, width: float = 300, height: float = 400) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width, height)
    writer.pdf_header = header
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


IMAGES: dict[str, tuple[bytes, ContentType]] = {
    "progressive JPEG": (files.encoded(PICTURE, "JPEG", progressive=True), "image/jpeg"),
    "grey JPEG": (files.encoded(PICTURE.convert("L"), "JPEG"), "image/jpeg"),
    "JPEG with bytes after its end": (files.encoded(PICTURE, "JPEG") + bytes(5000), "image/jpeg"),
    "JPEG with a broken colour profile": (files.encoded(PICTURE, "JPEG", icc_profile=b"x" * 500), "image/jpeg"),
    "multi-picture JPEG": (files.encoded(PICTURE, "MPO", **MANY), "image/jpeg"),
    "PNG of 16 bits": (files.encoded(Image.new("I;16", PICTURE.size, 40_000), "PNG"), "image/png"),
    "PNG of one bit": (files.encoded(PICTURE.convert("1"), "PNG"), "image/png"),
    "PNG with a palette and a transparent colour": (
        files.encoded(PICTURE.convert("P"), "PNG", transparency=0),
        "image/png",
    ),
    "animated PNG": (files.encoded(PICTURE, "PNG", **MANY), "image/png"),
    "animated WebP": (files.encoded(PICTURE, "WEBP", **MANY), "image/webp"),
    "lossless WebP": (files.encoded(PICTURE, "WEBP", lossless=True), "image/webp"),
}
DOCUMENTS: dict[str, tuple[bytes, int]] = {
    **{f"PDF {version}": (pdf(f"%PDF-{version}"), 1) for version in ("1.3", "1.4", "1.7", "2.0")},
    "a PDF of images alone": (files.encoded(PICTURE, "PDF", **MANY), 3),
    "a PDF with bytes after its end": (pdf("%PDF-1.7") + b"\n\0garbage", 1),
    "a page smaller than a point": (pdf("%PDF-1.7", 0.5, 0.5), 1),
}


@pytest.mark.parametrize("sort", IMAGES)
def test_an_image_is_taken(sort: str) -> None:
    data, content_type = IMAGES[sort]
    facts = inspect(data, content_type)
    assert (facts.width, facts.height) == PICTURE.size
    assert Image.open(io.BytesIO(facts.thumbnail or b"")).size == PICTURE.size


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png"])
def test_a_single_pixel_is_an_image(content_type: ContentType) -> None:
    kind = content_type.removeprefix("image/").upper()
    facts = inspect(files.encoded(PICTURE.resize((1, 1)), kind), content_type)
    assert (facts.width, facts.height) == (1, 1)


@pytest.mark.parametrize("sort", DOCUMENTS)
def test_a_document_is_taken(sort: str) -> None:
    data, pages = DOCUMENTS[sort]
    facts = inspect(data, "application/pdf")
    assert facts.pages == pages
    assert facts.thumbnail
