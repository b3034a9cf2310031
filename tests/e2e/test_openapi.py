"""Schemathesis over the published document, through API Gateway; and the page that shows it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from handlers.contract import openapi
from tests.e2e.api import Stack

schema = schemathesis.openapi.from_dict(openapi.document())
NOT_OURS = CHECKS.get_one("unsupported_method")
"""API Gateway answers an unknown method on a known path with 404, and cannot be made to answer 405."""
SAID_IN_WORDS = CHECKS.get_one("positive_data_acceptance")
MISSING_HEADER = CHECKS.get_one("missing_required_header")
"""It expects 400 and its like without If-Match; RFC 6585 has 428 for that."""
UNTOLD = (
    *("/date", "/query/to", "/query/from", "/query/max_amount", "/query/cursor"),
    *("/header/Idempotency-Key", "/filename"),
)
"""Rules that JSON Schema cannot express: the latest date is tomorrow, a range is not inverted, a cursor is ours, a key
is for one body, a name is no path.
"""


@pytest.fixture
def token(stack: Stack) -> str:
    """Of somebody new for each operation: one of them closes the account."""
    return stack.sign_up().id_token


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_what_its_document_says(case: schemathesis.Case[Any], stack: Stack, token: str) -> None:
    response = case.call(base_url=stack.api_url, headers={"Authorization": f"Bearer {token}"})
    left_out: list[Any] = [NOT_OURS, MISSING_HEADER, *([SAID_IN_WORDS] if _untold(response.text) else [])]
    case.validate_response(response, excluded_checks=left_out)


def _untold(text: str) -> bool:
    return any(f'"{pointer}"' in text for pointer in UNTOLD)


def test_the_published_document_is_the_committed_one(stack: Stack) -> None:
    assert httpx.get(f"{stack.api_url}/openapi.json").text == openapi.text()


def test_the_docs_page_loads_nothing_from_another_host(stack: Stack) -> None:
    response = httpx.get(f"{stack.api_url}/docs")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "SwaggerUIBundle" in response.text
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", response.text)


def test_health_needs_nothing(stack: Stack) -> None:
    assert httpx.get(f"{stack.api_url}/health").json() == {"status": "ok"}
