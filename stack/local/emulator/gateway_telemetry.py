"""API Gateway's access log and metrics: one line a request in the stage's format, also for the gateway's own refusals.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from measurements import PATCH
from ministack.core import responses
from ministack.services import apigateway_v1
from pinned import require, require_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measurements import Measurements

VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z.]*[A-Za-z])")
ABSENT = "-"
"""The value of a variable that a request does not have."""


@dataclass
class Seen:
    """One request, as the parts of the gateway see it. Times in milliseconds."""

    request: dict[str, Any] = field(default_factory=dict)
    refusal: str = ABSENT
    integration_ms: float | None = None
    integration_status: str = ABSENT
    function_request_id: str = ABSENT


SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)


def apply(measurements: Measurements) -> None:
    """Measure each request to a deployed API."""
    arguments = (
        *("api_id", "stage_name", "method", "path", "headers", "body", "query_params"),
        *("owner_account_id", "owner_region"),
    )
    require_parameters(apigateway_v1._handle_execute_in_scope, arguments, PATCH)
    require_parameters(apigateway_v1._execute_in_scope, ("request", *arguments), PATCH)
    require_parameters(apigateway_v1._call_lambda_raw, ("function_ref", "event"), PATCH)
    names = apigateway_v1._handle_execute_in_scope.__code__.co_names
    require("_execute_in_scope" in names, PATCH, "_handle_execute_in_scope calls _execute_in_scope with the request")
    whole, routed = apigateway_v1._handle_execute_in_scope, apigateway_v1._execute_in_scope
    call = apigateway_v1._call_lambda_raw

    async def measured_call(*arguments: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        result, error = None, "the call was cancelled"
        try:
            result, error = await call(*arguments, **options)
        finally:
            if seen := SEEN.get():
                seen.integration_ms = (time.perf_counter() - begun) * 1000
                seen.integration_status = ABSENT if error else "429" if result and result.get("throttle") else "200"
        return result, error

    async def measured_route(request: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        answer = await routed(request, *arguments, **options)
        if seen := SEEN.get():
            seen.request, seen.refusal = request, getattr(answer, "response_type", ABSENT)
        return answer

    async def measured(api_id: str, stage_name: str, method: str, path: str, *arguments: Any, **options: Any) -> Any:
        seen, begun, arrived = Seen(), time.perf_counter(), time.time()
        SEEN.set(seen)
        status, size = 500, 0
        try:
            answer = await whole(api_id, stage_name, method, path, *arguments, **options)
            status, size = answer[0], len(answer[2] or b"")
            return answer
        finally:
            request = Request(api_id, stage_name, method, path, status, size, arrived, _since(begun), seen)
            request.record(measurements)

    apigateway_v1._handle_execute_in_scope = measured
    apigateway_v1._execute_in_scope = measured_route
    apigateway_v1._call_lambda_raw = measured_call


@dataclass(frozen=True)
class Request:
    """One answered request. `size` in bytes, `arrived` in seconds since the epoch, `latency_ms` to the answer."""

    api_id: str
    stage: str
    method: str
    path: str
    status: int
    size: int
    arrived: float
    latency_ms: float
    seen: Seen

    def record(self, measurements: Measurements) -> None:
        """Note the metrics and the line, when the stage exists."""
        stage, api = self.seen.request.get("stage"), apigateway_v1._rest_apis.get(self.api_id)
        if not stage or not api:
            return
        for dimensions in self._series(api["name"], stage.get("methodSettings") or {}):
            for metric, unit, value in self._metrics():
                measurements.note("AWS/ApiGateway", metric, unit, value, dimensions)
        log = stage.get("accessLogSettings") or {}
        group = log.get("destinationArn", "").partition(":log-group:")[2].removesuffix(":*")
        if group and log.get("format"):
            known = self._variables()
            line = VARIABLE.sub(lambda found: str(known.get(found[1], ABSENT)), log["format"])
            hour = time.strftime("%Y/%m/%d/%H", time.gmtime(self.arrived))
            measurements.log(group, f"{self.api_id}/{self.stage}/{hour}", line)

    def _series(self, api: str, settings: dict[str, dict[str, Any]]) -> Iterator[dict[str, str]]:
        """The dimensions of the metrics: the API, its stage, and the method if the stage has detailed metrics."""
        stage, path = {"ApiName": api, "Stage": self.stage}, self.seen.request.get("resource_path")
        yield {"ApiName": api}
        yield stage
        own = settings.get(f"{path}/{self.method}") or settings.get(f"{str(path).lstrip('/')}/{self.method}")
        if path and (own or settings.get("*/*") or {}).get("metricsEnabled"):
            yield {**stage, "Method": self.method, "Resource": path}

    def _metrics(self) -> list[tuple[str, str, float]]:
        latency = [("Latency", "Milliseconds", round(self.latency_ms))]
        if self.seen.integration_ms is not None:
            latency.append(("IntegrationLatency", "Milliseconds", round(self.seen.integration_ms)))
        client, server = 400 <= self.status < 500, self.status >= 500  # noqa: PLR2004 (the classes of HTTP)
        return [("Count", "Count", 1), ("4XXError", "Count", client), ("5XXError", "Count", server), *latency]

    def _variables(self) -> dict[str, object]:
        seen, moment = self.seen, time.gmtime(self.arrived)
        integration = ABSENT if seen.integration_ms is None else round(seen.integration_ms)
        request_id = seen.request.get("request_id", ABSENT)
        return {
            "requestId": request_id,
            "extendedRequestId": request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", moment),
            "requestTimeEpoch": round(self.arrived * 1000),
            "httpMethod": self.method,
            "resourcePath": seen.request.get("resource_path") or ABSENT,
            "path": f"/{self.stage}{self.path}",
            "protocol": "HTTP/1.1",
            "stage": self.stage,
            "apiId": self.api_id,
            "accountId": responses.get_account_id(),
            "status": self.status,
            "responseLength": self.size,
            "responseLatency": round(self.latency_ms),
            "integrationLatency": integration,
            "integration.latency": integration,
            "integrationStatus": seen.integration_status,
            "integration.integrationStatus": seen.integration_status,
            "integration.status": seen.integration_status,
            "integration.requestId": seen.function_request_id,
            "error.responseType": seen.refusal,
        }


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
