"""Types for text and dates: Unicode in NFC, and calendar dates without a time zone.

Only a note has lines; a name is one line without needless white space, so that "Shop" and " Shop " are one merchant.
"""

from __future__ import annotations

import datetime
import re
import sys
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_DATE = datetime.date(1970, 1, 1)
_LINES = "\\t\\n\\r"
_FORBIDDEN = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufffd"
_SURROGATES = "\\ud800-\\udfff"
"""Halves of surrogate pairs. The published patterns leave them out: JavaScript sees two in each emoji."""
_NO_LINES = re.compile(f"[{_FORBIDDEN}{_SURROGATES}]")
_NO_TEXT = re.compile(f"[{_LINES}{_FORBIDDEN}{_SURROGATES}]")
"""Control characters, halves of surrogate pairs, and U+FFFD, which a decoder writes for bytes that are not text."""
TEXT = rf"^[^{_LINES}{_FORBIDDEN}]*[^\s{_FORBIDDEN}][^{_LINES}{_FORBIDDEN}]*$"
TEXT_OF_LINES = rf"^[^{_FORBIDDEN}]*$"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")


def clean(value: str, longest: int) -> str:
    """``value`` in NFC.

    Raises:
        PydanticCustomError: it is blank, longer than ``longest`` code points, or has characters that are not text.
    """
    if not value.strip():
        raise PydanticCustomError("blank", "This must not be blank.")
    if _NO_TEXT.search(value):
        raise PydanticCustomError("not_text", "Control characters and U+FFFD are not allowed.")
    return _measured(unicodedata.normalize("NFC", value), longest)


def clean_name(value: str, longest: int) -> str:
    """``value`` in NFC and as one line: no white space at its ends, and one space for each other run of it.

    Raises:
        PydanticCustomError: as ``clean``; the length counts after that.
    """
    return _measured(one_line(clean(value, sys.maxsize)), longest)


def clean_lines(value: str, longest: int) -> str:
    """``value`` in NFC, with one line feed as the end of each line; it may be blank.

    Raises:
        PydanticCustomError: it is longer than ``longest`` code points, or has characters that are not text.
    """
    if _NO_LINES.search(value):
        raise PydanticCustomError("not_text", "Control characters other than tabs and line breaks are not allowed.")
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return _measured(unicodedata.normalize("NFC", lines), longest)


def one_line(value: str) -> str:
    """``value`` without white space at its ends, and with one space for each other run of it."""
    return " ".join(value.split())


def _measured(value: str, longest: int) -> str:
    if len(value) > longest:
        raise PydanticCustomError("too_long", "At most {longest} characters.", {"longest": longest})
    return value


def _cleaned(longest: int) -> AfterValidator:
    return AfterValidator(lambda value: clean_name(value, longest))


def _schema(longest: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": longest, "pattern": TEXT})


def parse_date(value: object) -> datetime.date:
    """A calendar date written ``YYYY-MM-DD``.

    Raises:
        PydanticCustomError: it is not a string, not so written, or not in the calendar.
    """
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_string", "This must be a string.")
    if not _DATE.fullmatch(value):
        raise PydanticCustomError("malformed_date", "Write a date as YYYY-MM-DD.")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("no_such_date", "There is no such day in the calendar.") from error


def last_date() -> datetime.date:
    """The latest date of an expense: one day ahead of UTC, for the time zones in which that day has begun."""
    return datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)


def _check_expense_date(value: datetime.date) -> datetime.date:
    if value < FIRST_DATE:
        raise PydanticCustomError("too_early", "The earliest date is 1970-01-01.")
    if value > last_date():
        raise PydanticCustomError("in_the_future", "The latest date is tomorrow.")
    return value


def _check_month(value: str) -> str:
    if not _MONTH.fullmatch(value):
        raise PydanticCustomError("malformed_month", "Write a month as YYYY-MM.")
    return value


def _check_slug(value: str) -> str:
    if not re.fullmatch(SLUG, value):
        raise PydanticCustomError("malformed_slug", "Use a to z, 0 to 9 and _, at most 32, beginning with a letter.")
    return value


NOTE = 1000
"""Characters of a note."""
SLUG = r"[a-z][a-z0-9_]{0,31}"
Merchant = Annotated[str, _cleaned(120), _schema(120)]
Note = Annotated[
    str,
    AfterValidator(lambda value: clean_lines(value, NOTE)),
    WithJsonSchema({"type": "string", "maxLength": NOTE, "pattern": TEXT_OF_LINES}),
]
Tag = Annotated[str, _cleaned(32), _schema(32)]
Words = Annotated[str, _cleaned(120), _schema(120)]
DisplayName = Annotated[str, _cleaned(120), _schema(120)]
Slug = Annotated[str, AfterValidator(_check_slug), Field(json_schema_extra={"pattern": f"^{SLUG}$"})]
Date = Annotated[
    datetime.date,
    BeforeValidator(parse_date),
    PlainSerializer(datetime.date.isoformat),
    WithJsonSchema({"type": "string", "format": "date"}),
]
ExpenseDate = Annotated[Date, AfterValidator(_check_expense_date), Field(description="A calendar date, no zone.")]
Month = Annotated[
    str,
    AfterValidator(_check_month),
    Field(json_schema_extra={"pattern": "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2026-11"]}),
]
