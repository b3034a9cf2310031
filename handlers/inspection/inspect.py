"""Inspect a file: its type by its bytes, then everything in it."""

from __future__ import annotations

import importlib

from handlers.contract.receipt import ContentType
from handlers.inspection.sniff import sniffed
from handlers.inspection.verdict import Facts, Unacceptable


def load(content_type: ContentType) -> None:
    """Load the decoders of a type, so that their absence is no fault of a file."""
    importlib.import_module(f"handlers.inspection.{'documents' if content_type == 'application/pdf' else 'images'}")


def inspect(data: bytes, declared: ContentType) -> Facts:
    """The facts of a file that was declared to have a type.

    Raises:
        Unacceptable: for whatever is wrong with it.
    """
    if sniffed(data) != declared:
        raise Unacceptable("type_mismatch")
    try:
        if declared == "application/pdf":
            from handlers.inspection.documents import inspect_pdf  # noqa: PLC0415

            return inspect_pdf(data)
        from handlers.inspection.images import inspect_image  # noqa: PLC0415

        return inspect_image(data, declared)
    except (Unacceptable, MemoryError):
        raise
    except RecursionError as error:
        raise Unacceptable("too_complex") from error
    except Exception as error:  # a decoder raises what it meets: the file is at fault
        raise Unacceptable("undecodable") from error
