"""Open a PDF with qpdf, count its pages, and leave only the first for pdfium to draw: what counts and what draws agree.

qpdf follows the page tree itself. pdfium trusts the number that a file claims, which may be wrong.
"""

from __future__ import annotations

import ctypes
import io
from pathlib import Path

import noto_cjk_sans_otc
import pikepdf
import pypdfium2
from PIL import Image
from pypdfium2 import raw

from handlers.inspection.thumbnail import jpeg
from handlers.inspection.verdict import MAX_PAGES, THUMBNAIL, Unacceptable

FINE = 2
"""The scale at which a page is drawn, relative to its thumbnail: the letters of a scan stay legible."""
DIRECT = (0, 0)
"""The number of a dictionary that is no object of its own."""
UNNEEDED = ("/StructTreeRoot", "/Names", "/Outlines", "/Threads", "/Dests", "/PieceInfo", "/OpenAction", "/AA")
"""Parts of the catalog that no page shows."""


def use_fonts(folder: Path) -> None:
    """Let pdfium look for fonts that a PDF names without embedding them in ``folder``, and nowhere else.

    It has fonts of its own for Latin letters only (public/fpdfview.h, ``FPDF_LIBRARY_CONFIG``).
    """
    paths = (ctypes.c_char_p * 2)(bytes(folder), None)
    listed = ctypes.cast(paths, ctypes.POINTER(ctypes.POINTER(ctypes.c_char)))
    raw.FPDF_DestroyLibrary()
    raw.FPDF_InitLibraryWithConfig(raw.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=listed))
    KEPT.append(paths)


KEPT: list[object] = []
"""Memory that pdfium reads as long as the process lives."""
use_fonts(Path(noto_cjk_sans_otc.__file__).parent)


def opened(data: bytes) -> pikepdf.Pdf:
    """The document, if anyone may open it.

    Raises:
        Unacceptable: it asks for a password, or a certificate.
        PdfError: it cannot be read.
    """
    try:
        return pikepdf.open(io.BytesIO(data), inherit_page_attributes=False)
    except pikepdf.PasswordError as error:
        raise Unacceptable("encrypted") from error
    except pikepdf.PdfError as error:
        if "encrypt" in str(error):  # by a handler that is not the standard one
            raise Unacceptable("encrypted") from error
        raise


def count_pages(document: pikepdf.Pdf) -> int:
    """The pages of the tree, whatever number it claims.

    Raises:
        Unacceptable: too many.
        ValueError: there is none, one is missing in a damaged file, or the tree never ends.
    """
    pages, left, seen = 0, [document.Root.Pages], set[tuple[int, int]]()
    while left:
        for kid in left.pop().Kids:
            if not isinstance(kid, pikepdf.Dictionary) or kid.objgen in seen:
                raise ValueError("a page is missing, or above itself")
            if "/Kids" in kid:
                seen |= {kid.objgen} - {DIRECT}
                left.append(kid)
            else:
                pages += 1
            if pages + len(left) > MAX_PAGES:
                raise Unacceptable("too_many_pages")
    if pages != len(document.pages):
        raise ValueError("the tree has no pages, or is not a tree")
    return pages


def draw_first(document: pikepdf.Pdf) -> bytes:
    """A thumbnail of the first page, with annotations and filled form fields. The document loses its other pages."""
    document.Root.Pages.Count = len(document.pages)
    del document.pages[1:]
    for key in UNNEEDED:
        if key in document.Root:
            del document.Root[key]
    alone = io.BytesIO()
    document.save(alone, encryption=False, fix_metadata_version=False, preserve_pdfa=False)
    drawn = pypdfium2.PdfDocument(alone.getvalue())
    drawn.init_forms()
    page = drawn[0]
    scale = FINE * THUMBNAIL / max(*page.get_size(), 1)
    image: Image.Image = page.render(scale=scale).to_pil()
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    return jpeg(image)
