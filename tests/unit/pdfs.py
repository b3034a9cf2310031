"""PDFs written object by object: what a library would not write."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]%s>>"


def pdf(*more: bytes, catalog: bytes = b"", page: bytes = b"", pages: bytes = PAGES, trailer: bytes = b"") -> bytes:
    """A PDF of one page; ``more`` objects have the numbers from 4 on."""
    bodies = [CATALOG % catalog, pages, PAGE % page, *more]
    return _section(b"%PDF-1.7\n", dict(enumerate(bodies, 1)), b"/Root 1 0 R" + trailer)


def revised(data: bytes, bodies: Mapping[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """The file with a further revision of some objects."""
    previous = int(data.rpartition(b"startxref")[2].split()[0])
    return _section(data, bodies, trailer + b"/Prev %d" % previous)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def flate(content: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(content), b"/Filter/FlateDecode" + entries)


def object_stream(bodies: Mapping[int, bytes], entries: bytes = b"") -> bytes:
    """Compressed objects."""
    heads, at = [], 0
    for number, body in bodies.items():
        heads.append(b"%d %d" % (number, at))
        at += len(body) + 1
    head = b" ".join(heads) + b" "
    return flate(head + b" ".join(bodies.values()), b"/Type/ObjStm/N %d/First %d%s" % (len(bodies), len(head), entries))


def _section(data: bytes, bodies: Mapping[int, bytes], trailer: bytes) -> bytes:
    out, rows = bytearray(data), []
    for number, body in bodies.items():
        rows.append(b"%d 1\n%010d 00000 n \n" % (number, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    first = b"0 1\n0000000000 65535 f \n" if not data.count(b"startxref") else b""
    size = max(bodies) + 1 if first else 100
    end = b"trailer\n<<%s/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, size, table)
    out += b"xref\n" + first + b"".join(rows) + end
    return bytes(out)
