"""PDFs as shops, banks and scanners write them: opened as viewers open them, and counted as they are drawn."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from handlers.inspection.inspect import inspect
from handlers.inspection.pdf.objects import read_objects
from handlers.inspection.pdf.syntax import Budget, read
from handlers.inspection.verdict import MAX_OBJECTS, Unacceptable
from tests.unit import files
from tests.unit.pdfs import flate, object_stream, pdf, stream

WITHOUT_END = pdf().rpartition(b"%%EOF")[0]
FIELD = b"<</Subtype/Widget/FT/Tx/T(a)/V(MMMMMMMM)/DA(/Helv 40 Tf 0 g)/Rect[0 0 200 100]/F 4>>"
HELVETICA = b"<</Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
JAPANESE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/UniJIS-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 4/FontBBox[0 0 1000 1000]/StemV 80>>>>]>>"
)


def thumbnail(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(inspect(data, "application/pdf").thumbnail or b""))


def reason(data: bytes) -> str:
    with pytest.raises(Unacceptable) as verdict:
        inspect(data, "application/pdf")
    return verdict.value.reason


@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf", b"\x1b%-12345X@PJL\r\n", b"x" * 1000])
def test_a_pdf_may_have_something_before_its_header(before: bytes) -> None:
    assert inspect(before + pdf(), "application/pdf").pages == 1
    assert inspect(before + WITHOUT_END, "application/pdf").pages == 1


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_that_anyone_may_open_is_taken_and_one_that_asks_for_a_password_is_not(algorithm: str) -> None:
    assert inspect(files.encrypted_document(algorithm, ""), "application/pdf").pages == 1
    assert reason(files.encrypted_document(algorithm)) == "encrypted"


def test_a_pdf_that_asks_for_a_certificate_is_encrypted() -> None:
    handler = b"/ID[(1234567890123456)(1234567890123456)]/Encrypt<</Filter/Adobe.PubSec/V 4/SubFilter/adbe.pkcs7.s5>>"
    assert reason(pdf(trailer=handler)) == "encrypted"


@pytest.mark.parametrize("claimed", [b"/Count 0", b"/Count 7", b"/Count -1", b""])
def test_the_pages_are_counted_whatever_the_file_claims(claimed: bytes) -> None:
    assert inspect(pdf(pages=b"<</Type/Pages/Kids[3 0 R]%s>>" % claimed), "application/pdf").pages == 1
    assert inspect(pdf(pages=b"<</Type/Pages/Kids[3 0 R 3 0 R]%s>>" % claimed), "application/pdf").pages == 2


def test_a_pdf_that_has_lost_a_page_or_ends_inside_a_stream_is_damaged() -> None:
    assert reason(pdf(pages=b"<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>")) == "undecodable"
    assert reason(pdf(stream(b"q Q " * 500), page=b"/Contents 4 0 R")[:1000]) == "undecodable"
    scan = files.scanned_document(3, 300, 400)
    assert {reason(scan[: int(len(scan) * part)]) for part in (0.3, 0.6, 0.9)} == {"undecodable"}


def test_a_filled_field_is_shown() -> None:
    form = pdf(FIELD, catalog=b"/AcroForm<</Fields[4 0 R]/DR%s>>" % HELVETICA, page=b"/Annots[4 0 R]")
    assert min(thumbnail(form).convert("L").tobytes()) < 50


def test_a_font_that_is_not_embedded_is_drawn_from_ours() -> None:
    text = stream(b"BT /F 150 Tf 20 100 Td <6771> Tj ET")
    drawn = thumbnail(pdf(text, JAPANESE, page=b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>"))
    assert sum(value < 100 for value in drawn.convert("L").tobytes()) > 10_000


COMPLEX = {
    "objects": pdf(*[b"1"] * MAX_OBJECTS),
    "packed objects": pdf(object_stream(dict.fromkeys(range(9, MAX_OBJECTS + 9), b"1"))),
    "a bomb": pdf(*[object_stream({9: b" " * 70_000_000})] * 2),
    "nested arrays": pdf(b"[" * 100_000),
    "nested dictionaries": pdf(b"<</A" * 100_000),
    "a table of eight million rows": pdf(flate(bytes(100), b"/Type/XRef/W[1 2 1]/Size 8000000/Root 1 0 R")),
}


@pytest.mark.parametrize("sort", COMPLEX)
def test_a_pdf_that_takes_too_much_is_too_complex(sort: str) -> None:
    assert reason(COMPLEX[sort]) == "too_complex"


@pytest.mark.parametrize("sort", ["objects", "nested arrays", "nested dictionaries", "a table of eight million rows"])
def test_a_library_does_not_see_a_pdf_that_takes_too_much(sort: str) -> None:
    with pytest.raises(Unacceptable, match="too_complex"):
        read_objects(COMPLEX[sort])


@pytest.mark.parametrize(
    "text", [b"(" * 5000, b"(" + b"x" * 500_000, b"%" * 500_000, b"[<</A" * 100, b"[" + b"/A" * 2000]
)
def test_reading_costs_what_it_takes(text: bytes) -> None:
    with pytest.raises(Unacceptable, match="too_complex"):
        read(text, 0, Budget(1000))


def test_too_many_pages_are_found_without_reading_them_all() -> None:
    kids = b"3 0 R " * 20_000
    assert reason(pdf(pages=b"<</Type/Pages/Kids[%s]/Count 1>>" % kids)) == "too_many_pages"
