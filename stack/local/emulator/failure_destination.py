"""An event whose last try failed goes to the failure destination of the alias that was called, as on AWS.

Stock MiniStack reads the failure destination of $LATEST alone and forgets the alias on the way, so that it drops an
event that S3 sent to an alias.
"""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc
from pinned import require, require_parameters

PATCH = "failure destination"


def apply() -> None:
    """Give the record of an asynchronous call the settings of the alias that points to its version."""
    require_parameters(lambda_svc.invoke_async_with_retry, ("func", "event"), PATCH)
    require(hasattr(lambda_svc, "_functions"), PATCH, "functions are kept in lambda_svc._functions")
    stock = lambda_svc.invoke_async_with_retry

    def invoke(func: dict[str, Any], event: dict[str, Any]) -> None:
        stock({**func, **_of_alias(func.get("config") or func)}, event)

    lambda_svc.invoke_async_with_retry = invoke


def _of_alias(config: dict[str, Any]) -> dict[str, Any]:
    function = lambda_svc._functions.get(config.get("FunctionName")) or {}
    settings = function.get("event_invoke_configs") or {}
    for name, alias in (function.get("aliases") or {}).items():
        if name in settings and alias.get("FunctionVersion") == config.get("Version"):
            return {"event_invoke_config": settings[name]}
    return {}
