"""An expense, as it comes in and as it goes out; and the rules of changing one by a merge patch (RFC 7396)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import PydanticCustomError

from handlers.contract.money import Amount, Currency, amount_pattern, by_exponent
from handlers.contract.problem import FieldError, InvalidFields, field_errors, pointer
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


class ExpenseIn(BaseModel):
    """What a client says of an expense. After validation ``amount`` has the currency's full scale."""

    model_config = ConfigDict(
        defer_build=True, frozen=True, extra="forbid", strict=True, json_schema_extra={"anyOf": _scales()}
    )

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
    """The default of what a patch leaves out: it may be absent, but not null."""
    return None


class ExpensePatch(BaseModel):
    """A merge patch: what is named changes, ``null`` clears an optional field. Documents the body; see ``patched``."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True)

    date: ExpenseDate = Field(default_factory=_absent)
    currency: Currency = Field(default_factory=_absent)
    amount: Amount = Field(default_factory=_absent)
    category: Slug = Field(default_factory=_absent)
    merchant: Merchant = Field(default_factory=_absent)
    note: Note | None = None
    tags: Tags | None = None
    payment_method: PaymentMethod | None = None


class ExpensePage(BaseModel):
    """One page of a list. ``next_cursor`` is null on the last page, and only there."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    items: tuple[Expense, ...]
    next_cursor: str | None


def parse_expense(document: object) -> ExpenseIn:
    """Validate a JSON document.

    Raises:
        InvalidFields: with every wrong field.
    """
    try:
        return ExpenseIn.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(field_errors(error)) from error


def patched(current: ExpenseIn, patch: object) -> ExpenseIn:
    """Apply a merge patch and validate the outcome.

    Raises:
        InvalidFields: the patch is no object, names an unknown field, clears a required one, or the outcome is wrong.
    """
    if not isinstance(patch, dict):
        error = FieldError(pointer="", code="not_an_object", detail="A merge patch is a JSON object.")
        raise InvalidFields([error])
    fields = ExpenseIn.model_fields
    unknown = tuple(
        FieldError(
            pointer=pointer([name]),
            code="unknown_field",
            detail="There is no such field, or it is read-only.",
        )
        for name in patch
        if name not in fields
    )
    document: dict[str, Any] = {name: getattr(current, name) for name in fields}
    for name in fields.keys() & patch.keys():
        if patch[name] is None:
            del document[name]
        else:
            document[name] = patch[name]
    if "currency" in patch and "amount" not in patch:
        document["amount"] = _coarsest(current.amount)
    try:
        outcome = parse_expense(document)
    except InvalidFields as wrong:
        raise InvalidFields((*unknown, *wrong.errors)) from wrong
    if unknown:
        raise InvalidFields(unknown)
    return outcome


def _coarsest(amount: str) -> str:
    """``5.00`` as ``5``: the zeros were ours, so they must not keep 5 EUR from becoming 5 JPY."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount
