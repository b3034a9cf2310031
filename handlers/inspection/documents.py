"""Look into a PDF: it may show something, and do nothing.

Every object is looked at, in use or not: what one reader takes for garbage another one runs.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from handlers.inspection.images import jpeg
from handlers.inspection.verdict import MAX_OBJECTS, MAX_PAGES, THUMBNAIL, Facts, Unacceptable

ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/XFA"})
"""Of dictionaries (ISO 32000-2): scripts, files inside, and forms that are programs."""
ACTIVE_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/GoToE",
        "/ImportData",
        "/SubmitForm",
        "/Movie",
        "/Rendition",
        "/RichMediaExecute",
    }
)
"""Values of ``/S``: what reaches out of the document. A plain link (``/URI``) is a person's choice."""
ACTIVE_TYPES = frozenset({"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"})
"""Values of ``/Type`` and ``/Subtype``."""
ACTIVE_WORDS = re.compile(rb"/(?:JavaScript|EmbeddedFiles?|RichMedia|OpenAction\s*<<\s*/S\s*/Launch)\b")
"""In bytes that no table of contents leads to, such as an older revision."""


def inspect_pdf(data: bytes) -> Facts:
    """The number of pages, and the first of them as a thumbnail.

    Raises:
        Unacceptable: encrypted, active, or too large.
        Exception: of any kind, from what cannot be read.
    """
    end = data.rfind(b"%%EOF")  # scanners leave all sorts of things behind it
    reader = PdfReader(io.BytesIO(data[: end + 5] if end > 0 else data), strict=False)
    if reader.is_encrypted:
        raise Unacceptable("encrypted")
    try:
        pages = reader.get_num_pages()
    except FileNotDecryptedError as error:
        raise Unacceptable("encrypted") from error
    if pages > MAX_PAGES:
        raise Unacceptable("too_many_pages")
    if ACTIVE_WORDS.search(data) or any(_is_active(each) for each in _dictionaries(reader)):
        raise Unacceptable("active_content")
    return Facts(pages=pages, thumbnail=_first_page(data))


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of every object that the cross-reference names, and the trailer."""
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MAX_OBJECTS:
        raise Unacceptable("too_complex")
    yield from _inside(reader.trailer)
    for number, generation in sorted(numbers):
        try:
            found = reader.get_object(IndirectObject(number, generation, reader))
        except Exception:  # noqa: BLE001, S112 (a broken object that no page needs; those that pages need, pdfium reads)
            continue
        yield from _inside(found)


def _inside(found: Any) -> Iterator[DictionaryObject]:
    """The dictionaries in an object, without following references: what they lead to has its own turn."""
    left = [found]
    while left:
        each = left.pop()
        if isinstance(each, DictionaryObject):
            yield each
            left += [dict.__getitem__(each, key) for key in each]
        elif isinstance(each, ArrayObject):
            left += list(list.__iter__(each))


def _is_active(each: DictionaryObject) -> bool:
    named = {key: dict.get(each, key) for key in ("/S", "/Type", "/Subtype")}
    return bool(
        ACTIVE_KEYS & each.keys()
        or named["/S"] in ACTIVE_ACTIONS
        or named["/Type"] in ACTIVE_TYPES
        or named["/Subtype"] in ACTIVE_TYPES
    )


def _first_page(data: bytes) -> bytes:
    """Rendered by pdfium, which thereby has read the document, too; forms and annotations are left out."""
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    width, height = page.get_size()
    image = page.render(scale=THUMBNAIL / max(width, height, 1), may_draw_forms=False).to_pil()
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    return jpeg(image)
