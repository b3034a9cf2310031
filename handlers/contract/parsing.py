"""The one way from a document to a model, and from pydantic's errors to the errors that a client reads."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from handlers.contract.model import Input
from handlers.contract.problem import FieldError, InvalidFields, pointer

M = TypeVar("M", bound=Input)
_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_type": "not_a_string",
    "string_unicode": "not_text",
    "tuple_type": "not_a_list",
    "model_type": "not_an_object",
    "literal_error": "not_allowed",
}
"""Our stable codes for pydantic's error types (https://docs.pydantic.dev/latest/errors/validation_errors/)."""
_DETAILS = {
    "required": "This field is required.",
    "unknown_field": "There is no such field.",
    "not_a_string": "This must be a string.",
    "not_text": "Control characters and U+FFFD are not allowed.",
    "not_a_list": "This must be a list.",
    "not_an_object": "This must be an object.",
}


def parse(model: type[M], document: object, prefix: str = "") -> M:
    """Validate ``document``; ``prefix`` begins the JSON pointer of each error.

    Raises:
        InvalidFields: with every wrong field.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(field_errors(error, prefix)) from error


def field_errors(error: ValidationError, prefix: str = "") -> tuple[FieldError, ...]:
    """Every wrong field of a pydantic failure, without the values that the client sent."""
    return tuple(_field_error(each, prefix) for each in error.errors(include_url=False, include_input=False))


def _field_error(each: Any, prefix: str) -> FieldError:
    code = _CODES.get(each["type"], each["type"])
    return FieldError(pointer=pointer(each["loc"], prefix), code=code, detail=_DETAILS.get(code, each["msg"]))
