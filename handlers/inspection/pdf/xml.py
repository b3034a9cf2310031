"""Judge the XML inside a PDF, without resolving anything that it names."""

from __future__ import annotations

from collections.abc import Container
from xml.parsers import expat

INVOICES = frozenset(
    {
        "CrossIndustryInvoice",  # Factur-X, ZUGFeRD 2, XRechnung (UN/CEFACT)
        "CrossIndustryDocument",  # ZUGFeRD 1
        "SCRDMCCBDACIOMessageStructure",  # Order-X
        "Invoice",  # UBL
        "CreditNote",
        "FatturaElettronica",
        "Facturae",
        "Comprobante",
    }
)
"""Names of root elements."""
SCRIPTS = frozenset({"script"})
FORM_ACTIONS = frozenset({"script", "submit", "execute"})
"""Elements of XFA 3.3 that compute, send or call."""


class _Refused(Exception):  # noqa: N818 (a verdict, not a failure)
    """The document has a part that it may not have."""


def is_invoice(data: bytes) -> bool:
    """Whether this is an electronic invoice: well-formed, without a document type, a style sheet or a script."""
    return _root(data, SCRIPTS) in INVOICES


def is_still(data: bytes) -> bool:
    """Whether a form of XFA does nothing by itself."""
    return _root(data, FORM_ACTIONS) is not None


def _root(data: bytes, forbidden: Container[str]) -> str | None:
    """The name of the root element without its prefix; None where the document is refused."""
    names: list[str] = []

    def start(name: str, _: object) -> None:
        local = name.rpartition(":")[2]
        if local.casefold() in forbidden:
            raise _Refused
        if not names:
            names.append(local)

    def refuse(*_: object) -> None:
        raise _Refused

    def instruct(target: str, _: str) -> None:
        if target == "xml-stylesheet":
            raise _Refused

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ProcessingInstructionHandler = instruct
    try:
        parser.Parse(data.strip(b"\0\t\r\n "), True)
    except (_Refused, expat.ExpatError):
        return None
    return names[0]
