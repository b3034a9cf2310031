"""An expense, as it comes in and as it goes out; and the rules of changing one by a merge patch (RFC 7396)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from handlers.contract.model import Input, MergePatch, Output
from handlers.contract.money import Amount, Currency, amount_pattern, by_exponent
from handlers.contract.parsing import parse
from handlers.contract.text import ExpenseDate, Merchant, Note, Slug, Tag

MAX_TAGS = 10
ULID = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
TIMESTAMP = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"
Ulid = Annotated[str, Field(pattern=ULID, examples=["01JD8Z3N5T9Q4V7XK2M6R0BHWC"])]
Timestamp = Annotated[str, Field(pattern=TIMESTAMP, description="RFC 3339, UTC.", examples=["2026-11-22T10:00:00Z"])]
PaymentMethod = Literal["card", "cash", "transfer", "other"]


def _listed(value: object) -> object:
    """Take a JSON array; a string is not a list of its characters."""
    if not isinstance(value, list | tuple):
        raise PydanticCustomError("not_a_list", "This must be a list.")
    return tuple(value)


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The same tag twice says no more than once."""
    return tuple(dict.fromkeys(tags))


Tags = Annotated[
    tuple[Tag, ...],
    Field(max_length=MAX_TAGS, description="Each once: a repeated tag counts as one."),
    BeforeValidator(_listed),
    AfterValidator(_each_once),
]


def _scales() -> list[JsonValue]:
    """The scale of an amount follows its currency: one alternative for each exponent of ISO 4217."""
    return [
        {"properties": {"currency": {"enum": list(codes)}, "amount": {"pattern": amount_pattern(exponent)}}}
        for exponent, codes in by_exponent().items()
    ]


class ExpenseIn(Input):
    """What a client says of an expense. After validation ``amount`` has the currency's full scale."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _scales()})

    date: ExpenseDate
    currency: Currency  # before the amount, whose scale depends on it
    amount: Amount
    category: Slug
    merchant: Merchant
    note: Note | None = None
    tags: Tags = ()
    payment_method: PaymentMethod | None = None


class Expense(ExpenseIn):
    """An expense as it is kept. ``version`` counts its changes, and is its entity tag."""

    id: Ulid
    version: int = Field(ge=1)
    receipt_count: int = Field(ge=0)
    created_at: Timestamp
    updated_at: Timestamp

    @property
    def etag(self) -> str:
        """The strong entity tag (RFC 9110, 8.8.3)."""
        return f'"{self.version}"'


def _absent() -> Any:
    """The value of a required field that a patch does not name; a default would let the schema allow null."""
    return None


def _not_null(value: object) -> object:
    """Refuse to clear a required field."""
    if value is None:
        raise PydanticCustomError("required", "This field is required.")
    return value


NOT_NULL = BeforeValidator(_not_null)


class ExpensePatch(MergePatch):
    """A merge patch: a named field changes, ``null`` clears an optional field."""

    date: Annotated[ExpenseDate, NOT_NULL] = Field(default_factory=_absent)
    currency: Annotated[Currency, NOT_NULL] = Field(default_factory=_absent)
    amount: Annotated[Amount, NOT_NULL] = Field(default_factory=_absent)
    category: Annotated[Slug, NOT_NULL] = Field(default_factory=_absent)
    merchant: Annotated[Merchant, NOT_NULL] = Field(default_factory=_absent)
    note: Note | None = None
    tags: Tags | None = None
    payment_method: PaymentMethod | None = None

    def applied_to(self, current: ExpenseIn) -> ExpenseIn:
        """The changed expense.

        Raises:
            InvalidFields: the amount does not fit the currency, one of which the patch leaves as it is.
        """
        document = self.merged(current)
        if "currency" in self.model_fields_set and "amount" not in self.model_fields_set:
            document["amount"] = _without_zeros(current.amount)
        return parse(ExpenseIn, document)


class ExpensePage(Output):
    """One page of a list. ``next_cursor`` is null on the last page, and only there."""

    items: tuple[Expense, ...]
    next_cursor: str | None


def _without_zeros(amount: str) -> str:
    """``5.00`` as ``5``: this service wrote the zeros, so they must not keep 5 EUR from becoming 5 JPY."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount
