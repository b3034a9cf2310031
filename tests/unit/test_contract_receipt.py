"""What may be promised of a file, and the header it is handed out with."""

from __future__ import annotations

from email.message import Message
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields
from handlers.contract.query import parse_query
from handlers.contract.receipt import MAX_SIZE, ReceiptIn, ReceiptQuery, disposition

GOOD: dict[str, Any] = {
    "filename": "Lunch, März.jpg",
    "content_type": "image/jpeg",
    "size": 123_456,
    "sha256": "0123456789abcdef" * 4,
}


def codes(**fields: Any) -> dict[str, str]:
    """Pointer and code of each wrong field; a field of ``...`` is left out."""
    document = {name: value for name, value in {**GOOD, **fields}.items() if value is not ...}
    with pytest.raises(InvalidFields) as refused:
        parse(ReceiptIn, document)
    return {error.pointer: error.code for error in refused.value.errors}


@pytest.mark.parametrize("size", [1, MAX_SIZE])
def test_a_promise_is_kept_as_it_was_given(size: int) -> None:
    assert parse(ReceiptIn, {**GOOD, "size": size}).model_dump() == {**GOOD, "size": size}


@pytest.mark.parametrize(
    ("filename", "code"),
    [
        ("", "blank"),
        ("  ", "blank"),
        ("x" * 256, "too_long"),
        ("../../etc/passwd", "path_in_name"),
        ("..\\boot.ini", "path_in_name"),
        ("C:\\x.jpg", "path_in_name"),
        ("..", "path_in_name"),
        ("a\nSet-Cookie: x.jpg", "not_text"),
        ("a\r\nb.jpg", "not_text"),
        ("a\0.jpg", "not_text"),
        ("a\u2028b.jpg", "not_text"),
        ("a\ufffd.jpg", "not_text"),
        ("evil\u202egpj.exe", "direction_override"),
        ("\u202dx.jpg", "direction_override"),
        ("\u200f\u2068\u2069", "blank"),
        ("\u200e..\u200e", "path_in_name"),
        (5, "not_a_string"),
        (None, "not_a_string"),
        (..., "required"),
    ],
)
def test_a_hostile_file_name_is_named_and_refused(filename: object, code: str) -> None:
    assert codes(filename=filename) == {"/filename": code}


@pytest.mark.parametrize(
    "filename", ["x" * 255, ".bashrc", "a b;c\"d'.jpg", "收据.pdf", "e\u0301.jpg", "فاتورة.pdf", "🧾.heic"]
)
def test_an_ordinary_file_name_in_any_script_is_fine(filename: str) -> None:
    parse(ReceiptIn, {**GOOD, "filename": filename})


def test_a_file_name_is_kept_in_normal_form() -> None:
    assert parse(ReceiptIn, {**GOOD, "filename": "e\u0301.jpg"}).filename == "\u00e9.jpg"


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("\u200fקבלה\u200f.pdf", "קבלה.pdf"),
        ("\u200eWhatsApp Image.jpg", "WhatsApp Image.jpg"),
        ("\u2068Invoice\u2069.pdf", "Invoice.pdf"),
        ("\u202bبيع\u202c.pdf", "بيع.pdf"),
        ("\u200ftxt\u200f.exe", "txt.exe"),
        ("\u200e" * 9 + "x" * 255, "x" * 255),
    ],
)
def test_a_file_name_loses_the_direction_marks_that_programs_put_around_it(filename: str, kept: str) -> None:
    assert parse(ReceiptIn, {**GOOD, "filename": filename}).filename == kept


def test_every_wrong_field_is_named_at_once() -> None:
    assert codes(filename="/", content_type="text/html", size=0, sha256="A" * 64, url="x") == {
        "/filename": "path_in_name",
        "/content_type": "not_allowed",
        "/size": "out_of_range",
        "/sha256": "malformed_sha256",
        "/url": "unknown_field",
    }


@pytest.mark.parametrize("size", [0, -1, MAX_SIZE + 1, 10**30])
def test_a_size_is_one_byte_to_ten_megabytes(size: int) -> None:
    assert codes(size=size) == {"/size": "out_of_range"}


@pytest.mark.parametrize("size", ["5", 5.0, True, None, [5]])
def test_a_size_is_a_whole_number(size: object) -> None:
    assert codes(size=size) == {"/size": "not_an_integer"}


@pytest.mark.parametrize("wrong", ["image/svg+xml", "image/gif", "IMAGE/JPEG", "image/jpeg; charset=utf-8", "", 5])
def test_only_the_named_types_may_be_sent(wrong: object) -> None:
    assert codes(content_type=wrong) == {"/content_type": "not_allowed"}


@pytest.mark.parametrize(("wait", "seconds"), [("0", 0), ("10", 10), ("05", 5)])
def test_a_wait_is_in_whole_seconds(wait: str, seconds: int) -> None:
    assert parse_query(ReceiptQuery, {"wait": [wait]}).wait == seconds
    assert parse_query(ReceiptQuery, {}).wait == 0


@pytest.mark.parametrize("wait", ["11", "-1", "1.5", "x", "", "٣", "1e1"])
def test_a_wait_that_is_too_long_or_no_number_is_refused(wait: str) -> None:
    with pytest.raises(InvalidFields, match="/query/wait"):
        parse_query(ReceiptQuery, {"wait": [wait]})


@given(st.text(min_size=1, max_size=40))
def test_a_disposition_is_one_ascii_line_that_gives_the_name_back(name: str) -> None:
    try:
        filename = parse(ReceiptIn, {**GOOD, "filename": name}).filename
    except InvalidFields:
        return
    header = disposition(filename)
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == filename
