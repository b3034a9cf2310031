"""Problem details (RFC 9457): how every refusal is told, by the functions and by the gateway alike."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MEDIA_TYPE = "application/problem+json"
_NEWER_NAMES = {413: "Content Too Large", 422: "Unprocessable Content"}
_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_type": "not_a_string",
    "string_unicode": "not_text",
    "tuple_type": "not_a_list",
    "model_type": "not_an_object",
    "literal_error": "not_allowed",
}
_DETAILS = {
    "required": "This field is required.",
    "unknown_field": "There is no such field.",
    "not_a_string": "This must be a string.",
    "not_text": "Control characters and U+FFFD are not allowed.",
    "not_a_list": "This must be a list.",
    "not_an_object": "This must be an object.",
}


def title(status: int) -> str:
    """The name of an HTTP status (RFC 9110), the same on every Python: before 3.13 two of them have their old ones."""
    return _NEWER_NAMES.get(status) or HTTPStatus(status).phrase


def problem_type(code: str) -> str:
    """The ``type`` of a problem: a URI that names it and needs no server."""
    return f"urn:expense-tracker:problem:{code}"


class FieldError(BaseModel):
    """One wrong field. ``pointer`` is a JSON pointer (RFC 6901); a query parameter's is ``/query/<name>``."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    pointer: str
    code: str = Field(description="A stable word for programs.")
    detail: str = Field(description="A sentence for people.")


class Problem(BaseModel):
    """The body of a refusal."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request id, as in the logs.")
    code: str = Field(description="A stable word for programs.")
    errors: tuple[FieldError, ...] | None = Field(default=None, description="Every field that is wrong.")


class InvalidFields(ValueError):  # noqa: N818 (named for what it carries)
    """Input that is well formed and wrong; ``errors`` has every wrong field."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.pointer}: {error.code}" for error in self.errors))


def pointer(parts: Iterable[str | int], prefix: str = "") -> str:
    """A JSON pointer to ``parts``, escaped as RFC 6901 has it."""
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def field_errors(error: ValidationError, prefix: str = "") -> tuple[FieldError, ...]:
    """Every wrong field of a pydantic failure, without a word of what was sent."""
    return tuple(_field_error(each, prefix) for each in error.errors(include_url=False, include_input=False))


def _field_error(each: Any, prefix: str) -> FieldError:
    code = _CODES.get(each["type"], each["type"])
    return FieldError(pointer=pointer(each["loc"], prefix), code=code, detail=_DETAILS.get(code, each["msg"]))
