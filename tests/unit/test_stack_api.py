"""From routes to API Gateway: methods, models that are never stricter than the handler, refusals as problems."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from handlers.contract.expense import ExpenseIn, ExpensePatch
from handlers.contract.parsing import parse
from handlers.contract.problem import InvalidFields, Problem
from handlers.contract.routes import ROUTES
from stack.engine.model import Ref
from stack.topology.api.cors import preflight
from stack.topology.api.methods import methods
from stack.topology.api.models import models
from stack.topology.api.responses import PROBLEMS, REQUEST_ID, responses

ORIGIN = "https://app.example"
POOL = Ref("user_pool.users", "arn")
MODELS = {model.name: json.loads(model.schema) for model in models(ROUTES)}
GOOD = {"date": "2026-03-14", "amount": "4.50", "currency": "EUR", "category": "coffee", "merchant": "Café"}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["4.50", "EUR"])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
NEARLY = st.dictionaries(st.sampled_from([*GOOD, "note", "tags", "colour"]), JSON).map(
    lambda changes: {**GOOD, **changes}
)


@pytest.mark.parametrize("schema", MODELS.values(), ids=MODELS)
def test_a_model_is_a_schema_of_draft_4(schema: dict[str, Any]) -> None:
    Draft4Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"


@given(JSON | NEARLY)
def test_the_gateway_refuses_no_body_that_the_handler_takes(document: Any) -> None:
    if not Draft4Validator(MODELS["ExpenseIn"]).is_valid(document):
        with pytest.raises(InvalidFields):
            parse(ExpenseIn, document)


@given(JSON)
def test_the_gateway_refuses_no_patch_that_the_handler_takes(document: Any) -> None:
    if not Draft4Validator(MODELS["ExpensePatch"]).is_valid(document):
        with pytest.raises(InvalidFields):
            parse(ExpensePatch, document).applied_to(parse(ExpenseIn, GOOD))


@pytest.mark.parametrize("document", [[], "x", 5, None, True])
def test_the_gateway_refuses_what_is_no_object(document: Any) -> None:
    assert not any(Draft4Validator(schema).is_valid(document) for schema in MODELS.values())


def test_every_route_but_the_public_ones_asks_for_a_token() -> None:
    asked = {method.key: method.pool for method in methods(ROUTES, POOL, ORIGIN) if method.verb != "OPTIONS"}
    assert asked == {f"{route.method} {route.path}": "" if route.public else POOL for route in ROUTES}
    assert {key for key, pool in asked.items() if not pool} == {"GET /health", "GET /openapi.json", "GET /docs"}


def test_every_path_answers_a_preflight_for_its_own_methods() -> None:
    found = {method.path: method for method in methods(ROUTES, POOL, ORIGIN) if method.verb == "OPTIONS"}
    assert found.keys() == {route.path for route in ROUTES}
    assert found["/expenses"].preflight == preflight(ORIGIN, ["GET", "POST"])
    assert not any(method.function for method in found.values())


@pytest.mark.parametrize("kind", PROBLEMS)
def test_a_refusal_of_the_gateway_is_a_problem_as_a_function_words_it(kind: str) -> None:
    refusal = next(each for each in responses(ORIGIN) if each.type == kind)
    problem = Problem.model_validate_json(refusal.template)
    assert (str(problem.status), problem.instance) == (refusal.status, REQUEST_ID)
    assert refusal.headers["Content-Type"] == "application/problem+json"
    assert refusal.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert ("WWW-Authenticate" in refusal.headers) == (problem.status == 401)
    assert ("Retry-After" in refusal.headers) == (problem.status == 429)
