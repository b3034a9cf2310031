"""A user's profile: made on first use, changed by a merge patch (RFC 7396)."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from handlers.contract.expense import Timestamp
from handlers.contract.model import Input, MergePatch
from handlers.contract.money import Currency
from handlers.contract.parsing import parse
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


class ProfileIn(Input):
    """What a user may choose; the defaults are those of a profile nobody has touched."""

    display_name: DisplayName | None = None
    home_currency: Currency = "EUR"
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"


class Profile(ProfileIn):
    """A profile as it is kept. ``email`` is that of the token it was last read with."""

    email: str
    created_at: Timestamp
    updated_at: Timestamp


class ProfilePatch(MergePatch):
    """A merge patch: a named field changes, ``null`` takes it back to its default."""

    display_name: DisplayName | None = None
    home_currency: Currency | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None

    def applied_to(self, current: ProfileIn) -> ProfileIn:
        """The changed profile."""
        return parse(ProfileIn, self.merged(current))
