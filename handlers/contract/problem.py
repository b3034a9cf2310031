"""Problem details (RFC 9457): the body of every refusal, by the functions and by API Gateway."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from pydantic import Field

from handlers.contract.model import Output

MEDIA_TYPE = "application/problem+json"
_NEWER_NAMES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title(status: int) -> str:
    """The name of an HTTP status (RFC 9110), the same on every Python: before 3.13 two of them have their old ones."""
    return _NEWER_NAMES.get(status) or HTTPStatus(status).phrase


def problem_type(code: str) -> str:
    """The ``type`` of a problem: a URI that names it and needs no server."""
    return f"urn:expense-tracker:problem:{code}"


class FieldError(Output):
    """One wrong field. ``pointer`` is a JSON pointer (RFC 6901); a query parameter's is ``/query/<name>``."""

    pointer: str
    code: str = Field(description="A stable word for programs.")
    detail: str = Field(description="A sentence for people.")


class Problem(Output):
    """The body of a refusal."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request id, as in the logs.")
    code: str = Field(description="A stable word for programs.")
    errors: tuple[FieldError, ...] | None = Field(default=None, description="Every field that is wrong.")


class InvalidFields(ValueError):  # noqa: N818 (named for what it carries)
    """A document that is well formed and wrong; ``errors`` has every wrong field."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.pointer}: {error.code}" for error in self.errors))


def pointer(parts: Iterable[str | int], prefix: str = "") -> str:
    """A JSON pointer to ``parts``, escaped as RFC 6901 has it."""
    return prefix + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
