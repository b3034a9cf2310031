"""What an inspection finds in good files, and how it ends with bad ones."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from handlers.contract.receipt import CONTENT_TYPES
from handlers.inspection import child, verdict
from handlers.inspection.child import InspectionError, inspect_apart
from handlers.inspection.images import taken_at
from handlers.inspection.inspect import inspect
from handlers.inspection.sniff import sniffed
from handlers.inspection.verdict import THUMBNAIL, Unacceptable
from tests.unit import files, pdfs

if TYPE_CHECKING:
    from handlers.contract.receipt import ContentType

KINDS: dict[str, ContentType] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}


def opened(thumbnail: bytes | None) -> Image.Image:
    assert thumbnail
    return Image.open(io.BytesIO(thumbnail))


def colour(image: Image.Image, x: float, y: float) -> str:
    """Red or blue, at a part of width and height."""
    red, _, blue = image.getpixel((int(image.width * x), int(image.height * y)))  # type: ignore[misc]
    return "red" if red > blue else "blue"


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_of_each_kind_tells_size_and_time_and_has_a_bare_thumbnail(kind: str) -> None:
    data = files.photo(kind, taken="2026:03:14 10:11:12")
    facts = inspect(data, KINDS[kind])
    assert (facts.width, facts.height, facts.pages) == (800, 600, None)
    assert facts.taken_at == "2026-03-14T10:11:12"
    thumbnail = opened(facts.thumbnail)
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (640, 480))
    assert not thumbnail.getexif()
    assert b"Secret camera" in data
    assert b"Secret" not in (facts.thumbnail or b"")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(1, (0.5, 0.1)), (3, (0.5, 0.9)), (6, (0.9, 0.5)), (8, (0.1, 0.5)), (5, (0.1, 0.5)), (7, (0.9, 0.5))],
)
def test_size_and_thumbnail_are_upright(kind: str, orientation: int, red_at: tuple[float, float]) -> None:
    facts = inspect(files.photo(kind, orientation=orientation), KINDS[kind])
    lying = orientation > 4
    assert (facts.width, facts.height) == ((600, 800) if lying else (800, 600))
    thumbnail = opened(facts.thumbnail)
    assert thumbnail.size == ((480, 640) if lying else (640, 480))
    assert colour(thumbnail, *red_at) == "red"
    assert colour(thumbnail, 1 - red_at[0], 1 - red_at[1]) == "blue"


@pytest.mark.parametrize(
    ("moment", "offset", "told"),
    [
        ("2026:03:14 10:11:12", None, "2026-03-14T10:11:12"),
        ("2026:03:14 10:11:12", "+02:00", "2026-03-14T08:11:12Z"),
        ("2026:03:14 00:30:00\0", "+01:00", "2026-03-13T23:30:00Z"),
        ("2026:03:14 10:11:12", "somewhere", "2026-03-14T10:11:12"),
        ("0001:01:01 00:00:00", "+14:00", "0001-01-01T00:00:00"),
        ("0000:00:00 00:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        (b"2026:03:14 10:11:12", None, None),
        (None, None, None),
    ],
)
def test_the_time_is_told_as_exactly_as_the_camera_knew_it(moment: object, offset: object, told: str | None) -> None:
    assert taken_at(moment, offset) == told


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_is_no_exif() -> None:
    data = files.encoded(files.picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert inspect(data, "image/jpeg").taken_at is None


def test_a_comment_or_a_profile_does_not_reach_the_thumbnail() -> None:
    data = files.encoded(files.picture(), "JPEG", comment=b"where I live", icc_profile=b"a profile")
    thumbnail = inspect(data, "image/jpeg").thumbnail or b""
    assert b"where I live" in data
    assert b"where I live" not in thumbnail
    assert b"a profile" not in thumbnail


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_an_image_of_any_mode_has_a_thumbnail(mode: str) -> None:
    image = Image.new("I;16", (900, 300), 40_000) if mode == "I;16" else files.picture(900, 300, mode)
    facts = inspect(files.encoded(image, "PNG"), "image/png")
    assert opened(facts.thumbnail).size == (640, 213)
    if mode == "I;16":
        assert opened(facts.thumbnail).getpixel((9, 9)) == pytest.approx((156, 156, 156), abs=3)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert opened(inspect(files.encoded(clear, "PNG"), "image/png").thumbnail).getpixel((5, 5)) == (255, 255, 255)


def test_a_jpeg_in_ink_colours_and_one_of_several_pictures_are_jpegs() -> None:
    assert inspect(files.encoded(files.picture(mode="CMYK"), "JPEG"), "image/jpeg").width == 800
    several = files.encoded(files.picture(), "MPO", save_all=True, append_images=[files.picture(80, 60)])
    assert inspect(several, "image/jpeg").width == 800


def test_a_small_image_is_not_blown_up_and_a_strip_keeps_a_pixel() -> None:
    assert opened(inspect(files.photo(size=(30, 20)), "image/jpeg").thumbnail).size == (30, 20)
    assert opened(inspect(files.photo("PNG", size=(3000, 1)), "image/png").thumbnail).size == (THUMBNAIL, 1)


def test_a_pdf_tells_its_pages_and_shows_the_first() -> None:
    facts = inspect(files.scanned_document(3), "application/pdf")
    assert (facts.pages, facts.width, facts.taken_at) == (3, None, None)
    assert opened(facts.thumbnail).height == THUMBNAIL


BAD: dict[str, tuple[bytes, ContentType, str]] = {
    "zero bytes": (b"", "image/jpeg", "type_mismatch"),
    "html": (files.HTML, "image/jpeg", "type_mismatch"),
    "svg": (files.SVG, "image/jpeg", "type_mismatch"),
    "gif and script": (files.GIF_SCRIPT, "image/jpeg", "type_mismatch"),
    "a png that says jpeg": (files.photo("PNG"), "image/jpeg", "type_mismatch"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"\0" * 99, "image/heic", "type_mismatch"),
    "html behind a first mark": (b"\xff\xd8\xff" + files.HTML, "image/jpeg", "undecodable"),
    "400 megapixels": (files.jpeg_claiming(20_000, 20_000), "image/jpeg", "too_many_pixels"),
    "png bomb": (files.png_claiming(60_000, 60_000), "image/png", "too_many_pixels"),
    "png that ends early": (files.png_claiming(6000, 6000), "image/png", "undecodable"),
    "webp bomb": (files.webp_claiming(16_383, 16_383), "image/webp", "too_many_pixels"),
    "script": (files.document(script="app.alert(1)"), "application/pdf", "active_content"),
    "launch": (files.document(action={"/S": "/Launch", "/F": "cmd.exe"}), "application/pdf", "active_content"),
    "files inside": (files.document(files=True), "application/pdf", "active_content"),
    "submit": (files.document(action={"/S": "/SubmitForm"}), "application/pdf", "active_content"),
    "encrypted": (files.encrypted_document(), "application/pdf", "encrypted"),
    "encrypted by AES-256": (files.encrypted_document("AES-256"), "application/pdf", "encrypted"),
    "101 pages": (files.document(101), "application/pdf", "too_many_pages"),
    "no pages": (files.document(0), "application/pdf", "undecodable"),
    "only a header": (b"%PDF-1.7\n", "application/pdf", "undecodable"),
    "its own kid": (files.heavy_document(), "application/pdf", "undecodable"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_rejected_for_what_it_is(name: str) -> None:
    data, declared, reason = BAD[name]
    with pytest.raises(Unacceptable) as verdict:
        inspect(data, declared)
    assert verdict.value.reason == reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.97])
def test_a_truncated_photo_is_rejected(kind: str, part: float) -> None:
    data = files.noise(900, 700, kind)
    with pytest.raises(Unacceptable, match="undecodable"):
        inspect(data[: int(len(data) * part)], KINDS[kind])


def test_a_pdf_that_hides_its_script_in_compressed_objects_or_under_an_escaped_name_is_rejected() -> None:
    plain = files.document(script="app.alert(1)")
    escaped = plain.replace(b"/JavaScript", b"/Java#53cript").replace(b"/JS", b"/J#53")
    for hidden in (escaped, files.packed_document(b"<</S/JavaScript/JS(app.alert)>>")):
        assert b"/JavaScript" not in hidden
        with pytest.raises(Unacceptable, match="active_content"):
            inspect(hidden, "application/pdf")


@pytest.mark.parametrize("tail", [b"", b"\r\n", bytes(2000), b"\n%%\n%%\n%%", b"\x1a", b"<!-- a scanner -->" * 200])
def test_a_pdf_may_have_something_behind_its_end(tail: bytes) -> None:
    assert inspect(files.document(2) + tail, "application/pdf").pages == 2


def test_a_pdf_with_packed_objects_or_a_plain_link_is_fine() -> None:
    link = b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://shop.example)>>>>"
    assert inspect(files.packed_document(b"<</S/GoTo/D[3 0 R/Fit]>>"), "application/pdf").pages == 1
    assert inspect(pdfs.pdf(page=b"/Annots[" + link + b"]"), "application/pdf").pages == 1


def test_every_type_has_a_sniffer_and_no_other_file_passes() -> None:
    assert {sniffed(files.photo(kind)) for kind in KINDS} | {sniffed(files.document())} == set(CONTENT_TYPES)
    assert sniffed(b" " * 1024 + files.document()) is None


def test_another_process_finds_the_same() -> None:
    data = files.photo(taken="2026:03:14 10:11:12")
    assert inspect_apart(data, "image/jpeg") == inspect(data, "image/jpeg")
    with pytest.raises(Unacceptable, match="type_mismatch"):
        inspect_apart(files.HTML, "image/jpeg")


def program(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Run ``source`` in place of the inspection."""
    monkeypatch.setattr(child, "COMMAND", ("-c", source))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; print('ready', flush=True); os.abort()", "undecodable"),
        ("import os; print('ready', flush=True); os.kill(os.getpid(), 9)", "too_complex"),
        ("import time; print('ready', flush=True); time.sleep(60)", "too_complex"),
    ],
)
def test_a_decoder_that_ends_its_process_ends_no_more_than_that(
    monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    program(monkeypatch, source)
    monkeypatch.setattr(child, "WALL", 2)
    with pytest.raises(Unacceptable, match=reason):
        inspect_apart(b"x", "image/jpeg")


def test_a_process_that_does_not_start_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "import no_such_decoder")
    with pytest.raises(InspectionError):
        inspect_apart(b"x", "image/jpeg")


def test_the_inspecting_process_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    program(monkeypatch, "import os, json; print('ready'); print(json.dumps({'taken_at': repr(dict(os.environ))}))")
    assert "secret" not in (inspect_apart(b"x", "image/jpeg").taken_at or "secret")


def test_the_limits_hold_the_photos_of_todays_phones() -> None:
    assert min(verdict.MAX_PIXELS[kind] for kind in ("image/jpeg", "image/heic")) >= 50_000_000
    assert verdict.MAX_PIXELS["image/jpeg"] >= 16_384 * 12_288
