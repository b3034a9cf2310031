"""The OpenAPI 3.1 document, derived from ``ROUTES``.

``make openapi`` writes the committed copy, and a test compares the two byte for byte.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from handlers.contract.expense import ULID
from handlers.contract.problem import MEDIA_TYPE, Problem, title
from handlers.contract.routes import ROUTES, Route
from handlers.contract.text import Month

REF = "#/components/schemas/{model}"
ANY_ROUTE = (400, 403, 429, 500, 503, 504)
"""Statuses with which API Gateway may refuse a request of any route."""
PATH_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "expense_id": {"type": "string", "pattern": ULID},
    "receipt_id": {"type": "string", "pattern": ULID},
    "month": TypeAdapter(Month).json_schema(),
}
HEADERS_IN: Mapping[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "For 24 hours, a repeated request with this key creates nothing more.",
        "required": False,
        "schema": {
            "type": "string",
            "maxLength": 255,
            "pattern": "^[\\x20-\\x7e]*[\\x21-\\x7e][\\x20-\\x7e]*$",
        },
    },
    "If-Match": {
        "description": "The entity tag of the version that you change.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,17}"$'},
    },
    "If-None-Match": {
        "description": "The entity tags that you have; the answer to a match is 304.",
        "required": False,
        "schema": {"type": "string"},
    },
}
HEADERS_OUT: Mapping[str, dict[str, Any]] = {
    "ETag": {"description": "The entity tag of the version.", "schema": {"type": "string"}},
    "Location": {
        "description": "The URL of the new resource.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotent-Replayed": {"description": "`true` if this repeats an earlier answer.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document, ready for JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Expense tracker",
            "version": "1.0.0",
            "description": "Amounts are decimal strings; every refusal is a problem (RFC 9457).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "./", "description": "The stage that serves this document"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "idToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A Cognito **ID** token of a signed-in user.",
                }
            },
        },
        "security": [{"idToken": []}],
    }


def text() -> str:
    """The document as committed: sorted, indented, with a newline at its end."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _models() -> list[type[BaseModel]]:
    found = {model for route in ROUTES for model in (route.body, route.returns) if model}
    return sorted({*found, Problem}, key=lambda model: model.__name__)


def _schemas() -> dict[str, Any]:
    """The schema of each model. No model is both a request's and an answer's, so one schema is enough."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _models()], ref_template=REF, schema_generator=GenerateJsonSchema
    )
    return dict(schemas["$defs"])


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": [route.function],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route),
    }
    if route.body:
        content = {"schema": {"$ref": REF.format(model=route.body.__name__)}}
        operation["requestBody"] = {
            "required": True,
            "content": dict.fromkeys(route.body_media_types, content),
        }
    if route.public:
        operation["security"] = []
    return operation


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": PATH_SCHEMAS[name]}


def _query_parameters(route: Route) -> Iterator[dict[str, Any]]:
    document = route.query.model_json_schema() if route.query else {"properties": {}}
    for name, schema in document["properties"].items():
        given = next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), schema)
        kept = {key: value for key, value in given.items() if key != "title"}
        yield {"name": name, "in": "query", "required": name in document.get("required", ()), "schema": kept}


def _header_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.headers_in:
        yield {"name": name, "in": "header", **HEADERS_IN[name]}


def _responses(route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": title(route.status)}
    if route.returns:
        answer["content"] = {route.media_type: {"schema": {"$ref": REF.format(model=route.returns.__name__)}}}
    elif route.status not in {HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT}:
        plain = {"type": "string"} if route.media_type.startswith("text/") else {"type": "object"}
        answer["content"] = {route.media_type: {"schema": plain}}
    if route.headers_out:
        answer["headers"] = {name: HEADERS_OUT[name] for name in route.headers_out}
    responses = {str(route.status): answer}
    if "If-None-Match" in route.headers_in:
        responses["304"] = {
            "description": title(HTTPStatus.NOT_MODIFIED),
            "headers": {"ETag": HEADERS_OUT["ETag"]},
        }
    statuses = {*route.problems, *ANY_ROUTE, *(() if route.public else (401, 404, 422))}
    return {**responses, **{str(status): _problem(status) for status in sorted(statuses)}}


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": title(status),
        "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["headers"] = {"Retry-After": HEADERS_OUT["Retry-After"]}
    return answer


if __name__ == "__main__":
    sys.stdout.write(text())
