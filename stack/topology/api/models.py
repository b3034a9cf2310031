"""Pydantic schemas → the draft-4 models of API Gateway.

API Gateway cannot name the wrong field of a body, and the API promises that every refusal does. A model therefore
constrains only the body as a whole (it is a JSON object) and describes the fields; the handler validates them and
refuses each by name. A property test proves the rule: API Gateway is never stricter than the handler.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from handlers.contract.routes import Route
from stack.kinds.rest_api.props import Model

DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def models(routes: Iterable[Route]) -> tuple[Model, ...]:
    """One model for each type of body, sorted by name."""
    found = {model_name(route): draft4(route.body.model_json_schema()) for route in routes if route.body}
    return tuple(Model(name, json.dumps(schema, sort_keys=True)) for name, schema in sorted(found.items()))


def model_name(route: Route) -> str:
    """The name of the model of a route's body: letters and digits only."""
    assert route.body
    return route.body.__name__


def draft4(schema: dict[str, Any]) -> dict[str, Any]:
    """The loose projection of a pydantic ``schema``: an object, its properties described and not constrained."""
    properties = schema.get("properties", {})
    return {
        "$schema": DRAFT_4,
        "title": schema.get("title", ""),
        "type": "object",
        "properties": {name: {"description": str(each.get("description", name))} for name, each in properties.items()},
    }
