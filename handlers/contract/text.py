"""Types for text and dates: Unicode in NFC without control characters, and calendar dates without a time zone."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_DATE = datetime.date(1970, 1, 1)
_FORBIDDEN = "\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff\\ufffd"
_NO_TEXT = re.compile(f"[{_FORBIDDEN}]")
"""Control characters, halves of surrogate pairs, and U+FFFD, which a decoder writes for bytes that are not text."""
_PUBLISHED = _FORBIDDEN.replace("\\ud800-\\udfff", "")
TEXT = rf"^[^{_PUBLISHED}]*[^\s{_PUBLISHED}][^{_PUBLISHED}]*$"
TEXT_OR_EMPTY = rf"^[^{_PUBLISHED}]*$"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")


def clean(value: str, longest: int) -> str:
    """``value`` in NFC.

    Raises:
        PydanticCustomError: it is blank, longer than ``longest`` code points, or has characters that are not text.
    """
    if not value.strip():
        raise PydanticCustomError("blank", "This must not be blank.")
    return clean_or_empty(value, longest)


def clean_or_empty(value: str, longest: int) -> str:
    """``value`` in NFC; it may be blank.

    Raises:
        PydanticCustomError: it is longer than ``longest`` code points, or has characters that are not text.
    """
    if _NO_TEXT.search(value):
        raise PydanticCustomError("not_text", "Control characters and U+FFFD are not allowed.")
    normal = unicodedata.normalize("NFC", value)
    if len(normal) > longest:
        raise PydanticCustomError("too_long", "At most {longest} characters.", {"longest": longest})
    return normal


def _cleaned(longest: int) -> AfterValidator:
    return AfterValidator(lambda value: clean(value, longest))


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
    AfterValidator(lambda value: clean_or_empty(value, NOTE)),
    WithJsonSchema({"type": "string", "maxLength": NOTE, "pattern": TEXT_OR_EMPTY}),
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
