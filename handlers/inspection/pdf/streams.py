"""Decode a stream of a PDF within bounds (ISO 32000-2, 7.3.8 and 7.4)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pikepdf

from handlers.inspection.pdf.syntax import Dictionary, Name
from handlers.inspection.verdict import Unacceptable

if TYPE_CHECKING:
    from handlers.inspection.pdf.objects import Objects

MAX_INFLATED = 128 * 1024 * 1024
"""Bytes of all streams of one PDF that an inspection decodes. Images and pages are not among them."""
PIECE = 64 * 1024
FLATE = ([b"FlateDecode"], [b"Fl"])
PARAMETERS = (b"Predictor", b"Columns", b"Colors", b"BitsPerComponent", b"EarlyChange")


@dataclass(slots=True)
class Inflater:
    """The bytes that are still allowed."""

    left: int = MAX_INFLATED

    def take(self, content: bytes) -> bytes:
        self.left -= len(content)
        if self.left < 0:
            raise Unacceptable("too_complex")
        return content

    def inflate(self, data: memoryview) -> bytes:
        """All that can be decompressed: viewers show what comes before an error, too."""
        machine, out, at = zlib.decompressobj(), bytearray(), 0
        try:
            while at < len(data) and not machine.eof:
                out += self.take(machine.decompress(data[at : at + PIECE], self.left + 1))
                at += PIECE
        except zlib.error:
            pass
        return bytes(out)


def decoded(objects: Objects, dictionary: Dictionary, data: bytes, start: int) -> bytes:
    """The content of the stream whose first byte is at ``start``.

    Raises:
        Unacceptable: too much of it, or nothing that can be understood.
    """
    filters = [each for each in _answer(objects, dictionary, b"Filter", b"F") if each is not None]
    if any(type(each) is not Name for each in filters):
        raise Unacceptable("undecodable")
    parameters = [_numbers(objects, each) for each in _answer(objects, dictionary, b"DecodeParms", b"DP")]
    if filters in FLATE and not any(each.get("/Predictor", 1) > 1 for each in parameters):
        return objects.inflater.inflate(memoryview(data)[start:])
    lengths = [each for each in objects.values(dictionary, b"Length") if type(each) is int]
    end = data.find(b"endstream", start + max([0, *lengths]))
    raw = data[start : end if end >= 0 else len(data)]
    return objects.inflater.take(_by_qpdf(filters, parameters, raw, objects.inflater.left) if filters else raw)


def _answer(objects: Objects, dictionary: Dictionary, *keys: bytes) -> list[Any]:
    """The items of a key that has one or an array of them. Of two answers, viewers may take different ones."""
    found = [each for key in keys for each in objects.values(dictionary, key) if each is not None]
    if len(found) > 1:
        raise Unacceptable("undecodable")
    one = found[0] if found else []
    items = one if isinstance(one, list) and not isinstance(one, Dictionary) else [one]
    return [item.value for each in items for item in objects.find(each)]


def _numbers(objects: Objects, parameters: Any) -> dict[str, int]:
    if not isinstance(parameters, Dictionary):
        return {}
    found = {f"/{key.decode()}": objects.values(parameters, key) for key in PARAMETERS}
    return {key: values[0] for key, values in found.items() if values and type(values[0]) is int}


def _by_qpdf(filters: list[Name], parameters: list[dict[str, int]], raw: bytes, most: int) -> bytes:
    """Decode ``raw`` by the filters that qpdf has; ``most`` bounds the memory in bytes."""
    pikepdf.settings.set_qpdf_limits(flate_max_memory=most, run_length_max_memory=most, png_max_memory=most)
    owner = pikepdf.new()
    stream = pikepdf.Stream(owner, raw)
    stream["/Filter"] = pikepdf.Array([pikepdf.Name("/" + each.decode("latin-1")) for each in filters])
    if any(parameters):
        stream["/DecodeParms"] = pikepdf.Array([pikepdf.Dictionary(each) if each else None for each in parameters])
    try:
        return stream.read_bytes(pikepdf.StreamDecodeLevel.generalized)
    except pikepdf.PdfError as error:
        raise Unacceptable("undecodable") from error
