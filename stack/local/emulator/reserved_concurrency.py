"""The reserved concurrency of a function holds for its versions and aliases as well, as on AWS.

Stock MiniStack looks for it in the record of the called version, which does not have it.
"""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc
from pinned import require, require_parameters

PATCH = "reserved concurrency"


def apply() -> None:
    """Read the reserved concurrency of the function, whichever version is called."""
    require_parameters(lambda_svc._reserved_concurrency, ("func", "config"), PATCH)
    require(hasattr(lambda_svc, "_functions"), PATCH, "functions are kept in lambda_svc._functions")
    names = lambda_svc._acquire_execution_slot.__code__.co_names
    require("_reserved_concurrency" in names, PATCH, "_acquire_execution_slot asks for the reserved concurrency")
    stock = lambda_svc._reserved_concurrency

    def reserved(func: Any, config: dict[str, Any]) -> int | None:
        found: int | None = stock(lambda_svc._functions.get(config.get("FunctionName")) or func, config)
        return found

    lambda_svc._reserved_concurrency = reserved
