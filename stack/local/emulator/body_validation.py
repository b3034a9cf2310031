"""A body in a media type for which the method names no model is not validated, as on AWS.

Stock MiniStack falls back to the model of `application/json` and answers 400 where the handler would answer
415. API Gateway's developer guide (request validation): the model is chosen by the request's content type, a
request without one counts as `application/json`, and where no model is chosen nothing is validated.
"""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1
from pinned import require_parameters

PATCH = "body validation"


def apply() -> None:
    """Hide a method's models from the check when the request's media type has none."""
    check = apigateway_v1._check_request_validation
    require_parameters(check, ("method_obj", "api_id", "request", "headers", "body", "query_params"), PATCH)
    require_parameters(apigateway_v1._header_ci, ("headers", "name"), PATCH)

    def check_as_aws(  # noqa: PLR0917  (called as MiniStack calls its own)
        method_obj: dict[str, Any],
        api_id: str,
        request: object,
        headers: dict[str, str],
        body: bytes,
        query: object,
    ) -> object:
        models = method_obj.get("requestModels") or {}
        declared = apigateway_v1._header_ci(headers, "content-type") or "application/json"
        media_type = str(declared).split(";", 1)[0].strip().lower()
        if media_type not in models:
            method_obj = {**method_obj, "requestModels": {}}
        return check(method_obj, api_id, request, headers, body, query)

    apigateway_v1._check_request_validation = check_as_aws
