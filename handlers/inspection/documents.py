"""Look into a PDF: it may show something, and do nothing."""

from __future__ import annotations

import pikepdf

from handlers.inspection.pdf.first_page import count_pages, draw_first, opened
from handlers.inspection.pdf.objects import Item, Objects, is_page_missing, read_objects, unpack
from handlers.inspection.pdf.rules import is_active
from handlers.inspection.verdict import Facts, Unacceptable


def inspect_pdf(data: bytes) -> Facts:
    """The number of pages, and the first of them as a thumbnail.

    Raises:
        Unacceptable: encrypted, active, or too large.
        Exception: of any kind, from what cannot be read.
    """
    objects = read_objects(data)
    with opened(data) as document:
        if document.is_encrypted:
            decrypt(objects, document)
        unpack(objects)
        if is_active(objects):
            raise Unacceptable("active_content")
        if is_page_missing(objects):
            raise Unacceptable("undecodable")
        pages = count_pages(document)
        return Facts(pages=pages, thumbnail=draw_first(document))


def decrypt(objects: Objects, document: pikepdf.Pdf) -> None:
    """Let qpdf decrypt the contents of streams. Dictionaries and names outside them are not encrypted."""
    for number, items in objects.items.items():
        if any(item.content for item in items):
            found = document.get_object(max(number, 0), 0)
            known = found.read_bytes if len(items) == 1 and isinstance(found, pikepdf.Stream) else _unread
            objects.items[number] = [Item(item.value, known if item.content else None) for item in items]


def _unread() -> bytes:
    """The content of a stream that only another viewer would find, or find differently."""
    raise Unacceptable("undecodable")
