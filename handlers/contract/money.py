"""Exact money: a decimal string in JSON, integer minor units in the table, never a float.

The scale fits the exponent that ISO 4217 gives the currency. A finer scale is refused even where the extra digits
are zeros; a coarser one is written out: ``"5"`` EUR is ``"5.00"``.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo
from pydantic_core import PydanticCustomError

MAX_DIGITS = 12
"""Digits of an amount at its currency's full scale, so that a client can send back the amount of an answer."""
AMOUNT = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$"
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF"
        " CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL"
        " HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU"
        " MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR"
        " SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED"
        " VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
"""Decimal digits of each active currency and fund code of ISO 4217 that has a minor unit."""


def by_exponent() -> dict[int, tuple[JsonValue, ...]]:
    """The currencies of each exponent, in order."""
    return {exponent: tuple(sorted(codes.split())) for exponent, codes in _BY_EXPONENT.items()}


def amount_pattern(exponent: int) -> str:
    """A pattern (ECMA 262) of all amounts in currencies with ``exponent`` decimal digits: at most 12, not zero."""
    if not exponent:
        return f"^-?[1-9][0-9]{{0,{MAX_DIGITS - 1}}}$"
    whole = f"[1-9][0-9]{{0,{MAX_DIGITS - exponent - 1}}}(\\.[0-9]{{1,{exponent}}})?"
    below_one = (f"0\\.0{{{zeros}}}[1-9][0-9]{{0,{exponent - zeros - 1}}}" for zeros in range(exponent))
    return f"^-?({'|'.join((whole, *below_one))})$"


def minor_units(amount: str, currency: str) -> int:
    """A valid ``amount`` in minor units of a valid ``currency``: ``"12.34"`` EUR is 1234."""
    whole, _, fraction = amount.partition(".")
    return int(whole + fraction.ljust(EXPONENTS[currency], "0"))


def wire_amount(minor: int, currency: str) -> str:
    """Minor units as the decimal string of the API, always at the currency's full scale."""
    exponent = EXPONENTS[currency]
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    sign, cut = "-" if minor < 0 else "", len(digits) - exponent
    return f"{sign}{digits[:cut]}.{digits[cut:]}" if exponent else f"{sign}{digits}"


def check_decimal(value: str) -> tuple[str, str, str]:
    """Split a decimal into sign, whole and fraction.

    Raises:
        PydanticCustomError: it is not a plain decimal, or has more than 12 digits.
    """
    match = _AMOUNT.fullmatch(value)
    if not match:
        raise PydanticCustomError(
            "malformed_amount", "Write a plain decimal such as 12.34, without sign + or exponent."
        )
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(whole + fraction) > MAX_DIGITS:
        raise PydanticCustomError("too_many_digits", "An amount has at most 12 digits.")
    return sign, whole, fraction


def _check_amount(value: str, info: ValidationInfo) -> str:
    _, whole, fraction = check_decimal(value)
    if not (whole + fraction).strip("0"):
        raise PydanticCustomError("zero_amount", "An amount is never zero.")
    currency = info.data.get("currency")
    if currency is None:
        return value
    if len(fraction) > EXPONENTS[currency]:
        raise PydanticCustomError(
            "too_fine",
            "{currency} has {exponent} decimal digits.",
            {"currency": currency, "exponent": EXPONENTS[currency]},
        )
    if len(whole) + EXPONENTS[currency] > MAX_DIGITS:
        raise PydanticCustomError("too_many_digits", "An amount has at most 12 digits.")
    return wire_amount(minor_units(value, currency), currency)


def _check_currency(value: str) -> str:
    if value not in EXPONENTS:
        raise PydanticCustomError("unknown_currency", "Use an active ISO 4217 code in capitals, such as EUR.")
    return value


Currency = Annotated[str, AfterValidator(_check_currency), Field(json_schema_extra={"enum": sorted(EXPONENTS)})]
Amount = Annotated[
    str,
    AfterValidator(_check_amount),
    Field(
        description="A decimal string at most as fine as the currency: expenses positive, refunds negative, never 0.",
        json_schema_extra={"pattern": AMOUNT, "examples": ["12.34"]},
    ),
]
