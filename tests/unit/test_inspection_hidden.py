"""The inspection finds an action of a PDF wherever a viewer could find it, and takes text that only looks like one."""

from __future__ import annotations

import base64
import io
import re
import zlib

import pikepdf
import pytest

from handlers.inspection.inspect import inspect
from handlers.inspection.verdict import Unacceptable
from tests.unit.pdfs import flate, object_stream, pdf, revised, stream

SCRIPT = b"<</S/J#61vaScript/JS(app.alert)>>"
OPENS = b"/OpenAction 4 0 R"
INVOICE = b"<?xml version='1.0'?><rsm:CrossIndustryInvoice xmlns:rsm='urn:x'/>"
PACKED = b"9 0 " + SCRIPT


def with_file(content: bytes, entries: bytes = b"/Type/EmbeddedFile") -> bytes:
    """A PDF with a file inside."""
    names = b"/Names<</EmbeddedFiles<</Names[(factur-x.xml)4 0 R]>>>>/AF[4 0 R]"
    return pdf(b"<</Type/Filespec/F(factur-x.xml)/EF<</F 5 0 R>>>>", flate(content, entries), catalog=names)


def locked(data: bytes) -> bytes:
    """The PDF as one that anyone may open and nobody change, with its dictionaries in encrypted streams."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        everything = pikepdf.ObjectStreamMode.generate
        document.save(out, encryption=pikepdf.Encryption(owner="o", user=""), object_stream_mode=everything)
    return out.getvalue()


def annotation(entries: bytes) -> bytes:
    return b"/Annots[<</Type/Annot/Rect[0 0 9 9]" + entries + b">>]"


ACTIVE = {
    "behind the end": pdf() + b"\n9 0 obj" + SCRIPT + b"endobj",
    "behind the end, after a comment": pdf() + b"9 0%x\nobj<</S%)\n/JavaScript>>",
    "in a later revision": revised(pdf(), {9: SCRIPT}),
    "in a revision that another replaced": revised(pdf(SCRIPT, catalog=OPENS), {4: b"null"}),
    "in a replaced object stream": revised(pdf(object_stream({9: SCRIPT})), {4: b"null"}),
    "in an object stream without a type": pdf(object_stream({9: SCRIPT}).replace(b"/Type/ObjStm", b"")),
    "in an object stream that is not compressed": pdf(stream(PACKED, b"/N 1/First 4")),
    "in an object stream of ASCII": pdf(
        stream(base64.a85encode(zlib.compress(PACKED)) + b"~>", b"/N 1/First 4/Filter[/ASCII85Decode/FlateDecode]")
    ),
    "in an object stream whose filter is elsewhere": pdf(
        stream(PACKED.hex().encode() + b">", b"/N 1/First 4/Filter 5 0 R"), b"/ASCIIHexDecode"
    ),
    "in a trailer": pdf() + b"trailer<</Root<</OpenAction<</S/JavaScript>>>>>>",
    "under a key that is there twice": pdf(catalog=b"/OpenAction<</S/GoTo/S/JavaScript>>"),
    "in an encrypted object stream": locked(pdf(SCRIPT, catalog=OPENS)),
    "launch by reference": pdf(b"<</S 5 0 R/F(cmd.exe)>>", b"/Launch", catalog=OPENS),
    "opens an address": pdf(catalog=b"/OpenAction<</S/URI/URI(https://evil.example)>>"),
    "opens another file": pdf(catalog=b"/OpenAction<</S/GoToR/F(x.pdf)/D[0/Fit]>>"),
    "opens an address at last": pdf(
        b"<</S/URI/URI(x)>>", catalog=b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next[<</S/Named/Next 4 0 R>>]>>"
    ),
    "opens an address with a page": pdf(page=b"/AA<</O<</S/URI/URI(x)>>>>"),
    "a program inside": with_file(b"MZ\0\0"),
    "a program inside that says nothing": with_file(b"MZ\0\0", b""),
    "a program inside that nothing names": pdf(flate(b"MZ\0\0", b"/Type/EmbeddedFile")),
    "a program inside an encrypted PDF": locked(with_file(b"MZ\0\0")),
    "a page of HTML inside": with_file(b"<html/>"),
    "an invoice with a script": with_file(b"<Invoice><h:script xmlns:h='http://www.w3.org/1999/xhtml'/></Invoice>"),
    "an invoice with entities": with_file(b"<!DOCTYPE x [<!ENTITY a 'b'>]><Invoice>&a;</Invoice>"),
    "an invoice with a style sheet": with_file(b"<?xml-stylesheet href='x'?><Invoice/>"),
    "a form with a script": pdf(flate(b"<xdp><script>1</script></xdp>"), catalog=b"/AcroForm<</Fields[]/XFA 4 0 R>>"),
}
STILL = {
    "a font called JS": pdf(page=b"/Resources<</Font<</JS<</Type/Font>>/JavaScript<</Type/Font>>/S<</Type/Font>>>>>>"),
    "an empty tree of files and scripts": pdf(catalog=b"/Names<</EmbeddedFiles<</Names[]>>/JavaScript<</Names[]>>>>"),
    "a text that spells a script": pdf(
        page=annotation(
            b"/Subtype/Link/Contents(/JavaScript /JS <</S/JavaScript>>)/A<</S/URI/URI(http://x/JavaScript)>>"
        )
    ),
    "a link to another file": pdf(page=annotation(b"/Subtype/Link/A<</S/GoToR/F(a.pdf)/D[0/Fit]>>")),
    "a permission to attach files": pdf(
        catalog=b"/Perms<</UR3<</Type/Sig/Reference[<</TransformParams<</EF[/Create/Delete]/Form[/Import]>>>>]>>>>"
    ),
    "an electronic invoice": with_file(INVOICE),
    "an electronic invoice with a byte order mark": with_file(b"\xef\xbb\xbf" + INVOICE),
    "an electronic invoice in an encrypted PDF": locked(with_file(INVOICE)),
    "a form without a script": pdf(flate(b"<xdp><template/></xdp>"), catalog=b"/AcroForm<</Fields[]/XFA 4 0 R>>"),
    "opens at a page": pdf(catalog=b"/OpenAction[3 0 R/Fit]"),
    "opens to print": pdf(catalog=b"/OpenAction<</S/Named/N/Print>>"),
}


@pytest.mark.parametrize("where", ACTIVE)
def test_active_content_is_found(where: str) -> None:
    with pytest.raises(Unacceptable, match="active_content"):
        inspect(ACTIVE[where], "application/pdf")


@pytest.mark.parametrize("sort", STILL)
def test_a_document_that_does_nothing_is_taken(sort: str) -> None:
    assert inspect(STILL[sort], "application/pdf").pages == 1


def test_a_script_in_a_replaced_part_of_an_encrypted_object_stream_is_found() -> None:
    data = locked(pdf(SCRIPT, catalog=OPENS))
    key = re.search(rb"/Encrypt \d+ 0 R", data), re.search(rb"/ID \[[^\]]*\]", data)
    with pikepdf.open(io.BytesIO(data)) as document:
        script = document.Root.OpenAction.objgen[0]
        root = b"/Root %d 0 R" % document.Root.objgen[0]
    later = revised(data, {script: b"null"}, b"".join(each[0] for each in key if each) + root)
    with pikepdf.open(io.BytesIO(later)) as document:
        assert document.is_encrypted
        assert document.Root.get("/OpenAction") is None
    with pytest.raises(Unacceptable, match="active_content"):
        inspect(later, "application/pdf")


def test_a_stream_of_which_viewers_may_see_different_things_is_refused() -> None:
    file_behind = locked(pdf()) + b"\n90 0 obj" + flate(b"MZ", b"/Type/EmbeddedFile") + b"endobj"
    behind = locked(pdf()) + b"\n90 0 obj" + object_stream({91: SCRIPT}) + b"endobj"
    two_filters = pdf(stream(PACKED, b"/N 1/First 4/Filter/FlateDecode/Filter/ASCIIHexDecode"))
    for data in (behind, file_behind, two_filters):
        with pytest.raises(Unacceptable, match="undecodable"):
            inspect(data, "application/pdf")
