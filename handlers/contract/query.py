"""Query parameters. Each is a string; an error names one as ``/query/<name>``, and all errors come at once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from handlers.contract.model import Input
from handlers.contract.parsing import parse
from handlers.contract.problem import FieldError, InvalidFields
from handlers.contract.text import Date, Merchant, Month, Slug, Tag, Words

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
MAX_SPAN = 1200
"""Months that one trend may cover."""
CURSOR = r"^[A-Za-z0-9_-]{1,512}$"
DECIMAL = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$"


def _parse_limit(value: object) -> int:
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,2}", value) or int(value) > MAX_LIMIT:
        raise PydanticCustomError("out_of_range", "A whole number from 1 to {most}.", {"most": MAX_LIMIT})
    return int(value)


def _parse_decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_string", "This must be a string.")
    if not re.fullmatch(DECIMAL[1:-1], value):
        raise PydanticCustomError("malformed_amount", "Write a plain decimal such as 12.34, of at most 12.4 digits.")
    return Decimal(value)


def _check_cursor(value: str) -> str:
    if not re.fullmatch(CURSOR, value):
        raise PydanticCustomError("malformed_cursor", "Send the value of `next_cursor` as it is.")
    return value


def _not_before(value: datetime.date | None, info: ValidationInfo) -> datetime.date | None:
    first = info.data.get("from_")
    if value and first and value < first:
        raise PydanticCustomError("inverted_range", "`to` must not be before `from`.")
    return value


def _not_below(value: Decimal | None, info: ValidationInfo) -> Decimal | None:
    least = info.data.get("min_amount")
    if value is not None and least is not None and value < least:
        raise PydanticCustomError("inverted_range", "`max_amount` must not be below `min_amount`.")
    return value


def month_number(month: str) -> int:
    """Months since year 0."""
    year, _, of_year = month.partition("-")
    return int(year) * 12 + int(of_year) - 1


def _not_before_month(value: str | None, info: ValidationInfo) -> str | None:
    first = info.data.get("from_")
    if value and first and value < first:
        raise PydanticCustomError("inverted_range", "`to` must not be before `from`.")
    if value and first and month_number(value) - month_number(first) >= MAX_SPAN:
        raise PydanticCustomError("span_too_long", "At most {most} months.", {"most": MAX_SPAN})
    return value


_AS_DECIMAL = WithJsonSchema({"type": "string", "pattern": DECIMAL})
DecimalText = Annotated[Decimal, BeforeValidator(_parse_decimal), _AS_DECIMAL]
Limit = Annotated[
    int,
    BeforeValidator(_parse_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
]
Cursor = Annotated[str, AfterValidator(_check_cursor), WithJsonSchema({"type": "string", "pattern": CURSOR})]


class Query(Input):
    """The parameters of a route: this one has none. An alias is the name of a parameter in the URL."""


class ExpenseQuery(Query):
    """The filters of a list; bounds are inclusive. ``q`` searches merchant and note.

    The search ignores case, accents, width, and kinds of quotes, dashes and white space.
    """

    from_: Date | None = Field(default=None, alias="from")
    to: Annotated[Date | None, AfterValidator(_not_before)] = None
    category: Slug | None = None
    merchant: Merchant | None = None
    q: Words | None = None
    min_amount: DecimalText | None = None
    max_amount: Annotated[DecimalText | None, AfterValidator(_not_below)] = None
    tag: Tag | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class TrendQuery(Query):
    """A span of months, both included; by default the twelve that end with the current one (UTC)."""

    from_: Month | None = Field(default=None, alias="from")
    to: Annotated[Month | None, AfterValidator(_not_before_month)] = None

    def span(self, today: datetime.date) -> tuple[str, str]:
        """The first and the last month.

        Raises:
            InvalidFields: with the default of a missing bound the span is inverted or too long.
        """
        last = self.to or today.strftime("%Y-%m")
        # The calendar begins with month 12, January of year 1.
        first = self.from_ or month_name(max(month_number(last) - 11, 12))
        return (first, last) if self.from_ is None or self.to else _checked(first, last)


def month_name(number: int) -> str:
    """The inverse of ``month_number``."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _checked(first: str, last: str) -> tuple[str, str]:
    parse(TrendQuery, {"from": first, "to": last}, "/query")
    return first, last


class ClosingQuery(Query):
    """The confirmation of a closing, which nobody can undo."""

    confirm: Literal["delete"]


Q = TypeVar("Q", bound=Query)


def parse_query(model: type[Q], parameters: Mapping[str, Sequence[str]]) -> Q:
    """Validate the parameters of a request, each with all its values.

    Raises:
        InvalidFields: with every wrong, unknown or repeated parameter.
    """
    repeated = tuple(
        FieldError(pointer=f"/query/{name}", code="repeated", detail="Give this parameter once.")
        for name, values in sorted(parameters.items())
        if len(values) > 1
    )
    try:
        query = parse(model, {name: values[0] for name, values in parameters.items() if values}, "/query")
    except InvalidFields as wrong:
        raise InvalidFields((*repeated, *wrong.errors)) from wrong
    if repeated:
        raise InvalidFields(repeated)
    return query
