"""Requests are held against botocore's models more strictly than botocore does."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from tests.models import broken

SESSION = botocore.session.get_session()
CODE = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {"ZipFile": b""}}


@pytest.mark.parametrize(
    ("service", "operation", "params", "told"),
    [
        ("lambda", "CreateFunction", {**CODE, "Timeout": 0}, ".Timeout is of size 0"),
        ("lambda", "CreateFunction", {**CODE, "Role": "r"}, ".Role is 'r', which does not match"),
        ("lambda", "CreateFunction", {**CODE, "Architectures": ["z80"]}, ".Architectures.0 is 'z80', not one of"),
        ("lambda", "CreateFunction", {**CODE, "Description": "d" * 257}, ".Description is of size 257, not 0 to 256"),
        ("logs", "CreateLogGroup", {"logGroupName": "a b"}, ".logGroupName is 'a b', which does not match"),
        ("iam", "DeleteRole", {"RoleName": "r" * 65}, ".RoleName is of size 65, not 1 to 64"),
    ],
)
def test_a_value_out_of_bounds_is_named(service: str, operation: str, params: dict[str, Any], told: str) -> None:
    (line,) = broken(SESSION.get_service_model(service).operation_model(operation), params)
    assert line.startswith(f"{operation}: {told}")


def test_what_the_model_allows_is_not() -> None:
    assert broken(SESSION.get_service_model("lambda").operation_model("CreateFunction"), {**CODE, "Timeout": 900}) == []
