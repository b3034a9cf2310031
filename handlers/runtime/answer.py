"""Answers: a status, a model of the contract as JSON, and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from handlers.contract.problem import MEDIA_TYPE
from handlers.contract.refusals import common_headers
from handlers.contract.routes import JSON
from handlers.runtime.refusal import ProblemError


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of an operation; ``body`` is sent as it is."""

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


def proxy_answer(answered: Answer, origin: str) -> dict[str, Any]:
    """An answer in the form that API Gateway's proxy integration reads.

    Its own headers replace the common ones. See
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html.
    """
    headers = {**common_headers(origin), **answered.headers}
    if answered.body:
        headers["Content-Type"] = answered.media_type
    return {"statusCode": answered.status, "headers": headers, "body": answered.body, "isBase64Encoded": False}
