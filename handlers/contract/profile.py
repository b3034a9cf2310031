"""A user's profile: made on first use, changed by a merge patch (RFC 7396)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from handlers.contract.expense import Timestamp
from handlers.contract.money import Currency
from handlers.contract.problem import FieldError, InvalidFields, field_errors
from handlers.contract.text import DisplayName
from handlers.contract.time_zones import TIME_ZONES

LOCALE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"


def _check_locale(value: str) -> str:
    if not re.fullmatch(LOCALE[1:-1], value):
        raise PydanticCustomError("malformed_locale", "Use a BCP 47 tag such as en, de-CH or zh-Hant-TW.")
    return value


def _check_zone(value: str) -> str:
    if value not in TIME_ZONES:
        raise PydanticCustomError(
            "unknown_time_zone", "Use a name of the IANA time zone database, such as Europe/Zurich."
        )
    return value


Locale = Annotated[str, AfterValidator(_check_locale), Field(json_schema_extra={"pattern": LOCALE})]
TimeZone = Annotated[str, AfterValidator(_check_zone), Field(json_schema_extra={"enum": sorted(TIME_ZONES)})]


class ProfileIn(BaseModel):
    """What a user may choose; the defaults are those of a profile nobody has touched."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True)

    display_name: DisplayName | None = None
    home_currency: Currency = "EUR"
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"


class Profile(ProfileIn):
    """A profile as it is kept. ``email`` is that of the token it was last read with."""

    email: str
    created_at: Timestamp
    updated_at: Timestamp


class ProfilePatch(BaseModel):
    """A merge patch: what is named changes, ``null`` goes back to the default. Documents the body."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True)

    display_name: DisplayName | None = None
    home_currency: Currency | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None


def patched_profile(current: ProfileIn, patch: object) -> ProfileIn:
    """Apply a merge patch and validate the outcome.

    Raises:
        InvalidFields: the patch is no object, names an unknown field, or the outcome is wrong.
    """
    if not isinstance(patch, dict):
        raise InvalidFields([FieldError(pointer="", code="not_an_object", detail="A merge patch is a JSON object.")])
    document: dict[str, Any] = {name: getattr(current, name) for name in ProfileIn.model_fields}
    document = {
        name: value for name, value in {**document, **patch}.items() if value is not None or name not in document
    }
    try:
        return ProfileIn.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(field_errors(error)) from error
