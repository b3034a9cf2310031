"""A receipt: the promise of a client before it uploads a file, and the receipt that the API answers with."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from handlers.contract.expense import Timestamp, Ulid
from handlers.contract.model import Input, Output
from handlers.contract.query import Query
from handlers.contract.text import TEXT, clean

MAX_SIZE = 10 * 1024 * 1024
"""Bytes of a receipt."""
MAX_NAME = 255
MAX_RECEIPTS = 10
"""Receipts of one expense; a rejected or expired one does not count."""
MAX_UPLOADS = 200
"""Uploads that one user may ask for in a day (UTC)."""
LINK_LIFE = 15 * 60
"""Seconds for which an upload form and a download link are valid."""
MAX_WAIT = 10
"""Seconds for which one request may wait for the end of an inspection."""
SHA256 = r"^[0-9a-f]{64}$"
_SEPARATORS = re.compile(r"[/\\]")
_DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]")
"""Invisible characters that phones and chats put around names in Arabic and Hebrew (Unicode UAX #9)."""
_DIRECTION_OVERRIDES = re.compile("[\u202d\u202e]")
"""No program writes them into a name, but attackers do: with one of them ``exe.jpg`` is shown as ``gpj.exe``."""
_BREAKS = re.compile("[\u2028\u2029]")

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"]
CONTENT_TYPES: tuple[ContentType, ...] = get_args(ContentType)
Status = Literal["pending", "processing", "ready", "rejected"]
Reason = Literal[
    "wrong_size",
    "wrong_hash",
    "type_mismatch",
    "undecodable",
    "too_many_pixels",
    "too_many_pages",
    "too_complex",
    "encrypted",
    "active_content",
]
"""Reasons for the rejection of an upload: stable words for programs. docs/api.md explains each."""


def _check_filename(value: str) -> str:
    """The name without direction marks: it means the same, and is shown in the order of its characters."""
    name = clean(_DIRECTION_MARKS.sub("", value), MAX_NAME)
    if _SEPARATORS.search(name) or not name.strip(". "):
        raise PydanticCustomError("path_in_name", "Send the file's own name, without a path.")
    if _DIRECTION_OVERRIDES.search(name):
        raise PydanticCustomError("direction_override", "Characters that turn the direction of text are not allowed.")
    if _BREAKS.search(name):
        raise PydanticCustomError("not_text", "Control characters and U+FFFD are not allowed.")
    return name


def _check_size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PydanticCustomError("not_an_integer", "This must be a whole number.")
    if not 1 <= value <= MAX_SIZE:
        raise PydanticCustomError("out_of_range", "From 1 to {most} bytes.", {"most": MAX_SIZE})
    return value


def _check_sha256(value: str) -> str:
    if not re.fullmatch(SHA256[1:-1], value):
        raise PydanticCustomError("malformed_sha256", "Write the SHA-256 as 64 digits 0-9, a-f.")
    return value


def _parse_wait(value: object) -> int:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,2}", value) or int(value) > MAX_WAIT:
        raise PydanticCustomError("out_of_range", "Whole seconds from 0 to {most}.", {"most": MAX_WAIT})
    return int(value)


Filename = Annotated[
    str,
    AfterValidator(_check_filename),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": TEXT}),
]
Size = Annotated[
    int,
    BeforeValidator(_check_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "description": "Bytes, exactly."}),
]
Sha256 = Annotated[str, AfterValidator(_check_sha256), Field(json_schema_extra={"pattern": SHA256})]
Wait = Annotated[
    int,
    BeforeValidator(_parse_wait),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_WAIT, "default": 0}),
]


class ReceiptIn(Input):
    """The promise of a client about a file. An upload that differs from it is rejected."""

    filename: Filename
    content_type: ContentType
    size: Size
    sha256: Sha256


class Receipt(Output):
    """A receipt. The facts that its inspection finds are null until it is ready, or if the file has none."""

    id: Ulid
    expense_id: Ulid
    status: Status
    reason: Reason | None = Field(default=None, description="The reason of a rejection.")
    filename: str
    content_type: ContentType
    size: int
    sha256: str
    width: int | None = Field(default=None, description="Pixels, upright.")
    height: int | None = Field(default=None, description="Pixels, upright.")
    pages: int | None = Field(default=None, description="Pages of a PDF.")
    taken_at: str | None = Field(
        default=None,
        description="The time that the camera recorded: UTC with Z, or local time if it recorded no offset.",
    )
    duplicate_of: Ulid | None = Field(default=None, description="Your earlier receipt with the same bytes.")
    download_url: str | None = None
    thumbnail_url: str | None = None
    expires_at: Timestamp | None = Field(default=None, description="The end of both links.")
    created_at: Timestamp


class ReceiptList(Output):
    """The receipts of one expense, the oldest first. There are few, so the list has no pages."""

    items: tuple[Receipt, ...]


class UploadForm(Output):
    """A form for one file: send ``fields`` in this order, then the file as ``file``, as multipart/form-data."""

    url: str
    fields: dict[str, str]
    expires_at: Timestamp


class Upload(Output):
    """A pending receipt, and the form that uploads its file."""

    receipt: Receipt
    upload: UploadForm


class ReceiptQuery(Query):
    """``wait``: seconds to wait for the end of a running inspection."""

    wait: Wait = 0


def disposition(filename: str) -> str:
    """``Content-Disposition`` for a download (RFC 6266), which a browser saves and never shows.

    It has the exact name in UTF-8 (RFC 8187), and for old clients an ASCII name, in which ``_`` replaces every other
    character and every one that could end the quotes.
    """
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "replace").decode()
    quoted = re.sub(r"[^A-Za-z0-9 ._()+,=@-]", "_", plain)
    exact = "".join(
        character if re.fullmatch(r"[A-Za-z0-9!#$&+.^_`|~-]", character) else _percent(character)
        for character in filename
    )
    return f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{exact}"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())
