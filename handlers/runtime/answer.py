"""Answers: a contract model, a status and headers; and those headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from handlers.contract.problem import MEDIA_TYPE
from handlers.contract.refusals import common_headers
from handlers.contract.routes import JSON
from handlers.runtime.refusal import ProblemError


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers. ``body`` is sent as it is; a model is written as JSON by ``answer``."""

    status: int
    body: str = ""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(status: int, model: BaseModel | None = None, **headers: str) -> Answer:
    """An answer with ``model`` as JSON. Header names are written with ``_`` for ``-``."""
    body = model.model_dump_json() if model else ""
    return Answer(status, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def refused(refusal: ProblemError, request_id: str) -> Answer:
    """The answer to a request that was refused."""
    body = refusal.problem(request_id).model_dump_json(exclude_none=True)
    return Answer(refusal.kind.status, body, MEDIA_TYPE, refusal.kind.headers)


def full_headers(answered: Answer, origin: str) -> dict[str, str]:
    """All headers of an answer; its own replace the common ones."""
    return {**common_headers(origin), **answered.headers}
