"""Look into a PDF: it may show something, and do nothing."""

from __future__ import annotations

import pikepdf

from handlers.inspection.pdf.first_page import draw_first, opened
from handlers.inspection.pdf.objects import Item, Objects, read_objects, unpack
from handlers.inspection.pdf.rules import is_active
from handlers.inspection.pdf.syntax import Dictionary, Reader
from handlers.inspection.verdict import MAX_PAGES, Facts, Unacceptable


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
        pages = len(document.pages)
        if pages > MAX_PAGES:
            raise Unacceptable("too_many_pages")
        return Facts(pages=pages, thumbnail=draw_first(document))


def decrypt(objects: Objects, document: pikepdf.Pdf) -> None:
    """Put the decrypted content of object streams and other streams into ``objects``.

    Raises:
        Unacceptable: a stream that only another viewer would find.
    """
    for number, item in objects.packed:
        if len(objects.items[number]) > 1 or item.content is None:
            raise Unacceptable("undecodable")
    for number, items in objects.items.items():
        objects.items[number] = [Item(item.value) for item in items]
    for each in document.objects:
        stream = each if isinstance(each, pikepdf.Stream) else None
        text = (stream.stream_dict if isinstance(each, pikepdf.Stream) else each).unparse(resolved=True)
        value = Reader(text, 0, objects.budget).read()
        content = stream.read_bytes if stream is not None and isinstance(value, Dictionary) else None
        objects.add(each.objgen[0], Item(value, content))
