"""Look into a PDF: it may show something, and do nothing."""

from __future__ import annotations

import pikepdf

from handlers.inspection.pdf.first_page import count_pages, draw_first, opened
from handlers.inspection.pdf.objects import Item, Objects, is_page_missing, read_objects, unpack
from handlers.inspection.pdf.rules import is_active
from handlers.inspection.pdf.syntax import read
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
        else:
            unpack(objects)
        if is_active(objects):
            raise Unacceptable("active_content")
        if is_page_missing(objects):
            raise Unacceptable("undecodable")
        pages = count_pages(document)
        return Facts(pages=pages, thumbnail=draw_first(document))


def decrypt(objects: Objects, document: pikepdf.Pdf) -> None:
    """Put the decrypted content of object streams and other streams into ``objects``.

    Raises:
        Unacceptable: a stream that only another viewer would find.
    """
    for number, item in objects.packed:
        same = document.get_object(number, 0)
        if len(objects.items[number]) > 1 or not isinstance(same, pikepdf.Stream) or item.content is None:
            raise Unacceptable("undecodable")
    for number, items in objects.items.items():
        known = len(items) == 1 and isinstance(document.get_object(max(number, 0), 0), pikepdf.Stream)
        objects.items[number] = [Item(item.value, None if known or not item.content else _unread) for item in items]
    for each in document.objects:
        content = each.read_bytes if isinstance(each, pikepdf.Stream) else None
        entries = each.stream_dict if isinstance(each, pikepdf.Stream) else each
        value, _ = read(entries.unparse(resolved=True), 0, objects.budget)
        objects.add(each.objgen[0], Item(value, content))


def _unread() -> bytes:
    """The content of an encrypted stream that qpdf does not see."""
    raise Unacceptable("undecodable")
