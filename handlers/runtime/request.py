"""A request as an operation sees it: parsed on demand, every wrong part named; and the answer it gives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from handlers.contract.expense import ULID
from handlers.contract.query import Query, parse_query
from handlers.contract.routes import Route
from handlers.runtime import body, entity_tags
from handlers.runtime.caller import Caller
from handlers.runtime.problems import INVALID, MALFORMED_HEADER, NOT_FOUND, Refused

MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_ULID = re.compile(ULID.removeprefix("^").removesuffix("$"))
Q = TypeVar("Q", bound=Query)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers. ``status`` is the route's unless it says otherwise; a model becomes JSON."""

    body: BaseModel | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A proxy event of API Gateway (REST, version 1) for ``route``; ``signed_in`` is None on public routes."""

    event: Mapping[str, Any]
    route: Route
    signed_in: Caller | None

    @property
    def caller(self) -> Caller:
        """The signed-in user; every route that is not public has one."""
        assert self.signed_in is not None
        return self.signed_in

    def query(self, model: type[Q]) -> Q:
        """The query parameters.

        Raises:
            InvalidFields: with every wrong, unknown or repeated one.
        """
        return parse_query(model, self.event.get("multiValueQueryStringParameters") or {})

    def document(self) -> Any:
        """The JSON document in the body.

        Raises:
            Refused: 400, 413 or 415.
        """
        body.check_media_type(self._headers("Content-Type"), self.route.body_media_types)
        return body.parse_body(self.event)

    def fingerprint(self, document: Any) -> str:
        """What tells two uses of one idempotency key apart: the operation and the document, however written."""
        return hashlib.sha256(f"{self.route.operation} {body.canonical(document)}".encode()).hexdigest()

    def expense_id(self) -> str:
        """The id in the path.

        Raises:
            Refused: 404, it is no ULID, so there is no such expense.
        """
        given = self._path("expense_id")
        if not _ULID.fullmatch(given):
            raise Refused(NOT_FOUND)
        return given

    def month(self) -> str:
        """The month in the path.

        Raises:
            Refused: 422, it is not written YYYY-MM.
        """
        given = self._path("month")
        if not MONTH.fullmatch(given):
            raise Refused(INVALID.at("/path/month", "malformed_month", "Write a month as YYYY-MM."))
        return given

    def idempotency_key(self) -> str | None:
        """The ``Idempotency-Key``, or None without one.

        Raises:
            Refused: 400, it is there and not 1 to 255 printable ASCII characters, or there twice.
        """
        given = self._headers("Idempotency-Key")
        if not given:
            return None
        if len(given) > 1 or not _KEY.fullmatch(given[0]):
            detail = "Send one key of 1 to 255 printable ASCII characters."
            raise Refused(MALFORMED_HEADER.at("/header/Idempotency-Key", "malformed_idempotency_key", detail))
        return given[0]

    def versions(self) -> frozenset[int]:
        """The versions that ``If-Match`` names.

        Raises:
            Refused: 428 without the header, 400 where it is malformed.
        """
        return entity_tags.required_versions(self._header("If-Match"))

    def knows(self, etag: str) -> bool:
        """Whether ``If-None-Match`` names ``etag``."""
        return entity_tags.is_known(etag, self._header("If-None-Match"))

    def location(self, name: str) -> str:
        """A reference to ``name`` below this request's path, right on every stage, host and prefix (RFC 3986, 5.2)."""
        last = str(self.event["path"]).rpartition("/")[2]
        return f"{last}/{name}" if last else name

    def _path(self, name: str) -> str:
        return str((self.event.get("pathParameters") or {}).get(name, ""))

    def _headers(self, name: str) -> list[str]:
        """Every value of a header, whatever its case."""
        several = self.event.get("multiValueHeaders") or {}
        return [value for key, values in several.items() if key.lower() == name.lower() for value in values]

    def _header(self, name: str) -> str | None:
        """A header that is a list: its values are one list (RFC 9110, 5.3)."""
        values = self._headers(name)
        return ", ".join(values) if values else None
