"""From an event of API Gateway to an answer: route, check the caller, parse, do, log. It never raises.

A function is made of its operations by name; the routes come from the contract. Powertools routes and logs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

from handlers.contract.problem import InvalidFields
from handlers.contract.refusals import INTERNAL, NOT_FOUND
from handlers.contract.routes import Route, routes_of
from handlers.contract.settings import Settings, UserSettings
from handlers.runtime.answer import Answer, full_headers, refused
from handlers.runtime.failure import log_failure
from handlers.runtime.refusal import ProblemError, refusal_of
from handlers.runtime.request import AnyRequest, Event, parse_request
from handlers.store.errors import StoreError

Operation = Callable[[AnyRequest], Answer]
Handler = Callable[[dict[str, Any], object], dict[str, Any]]


def serve(function: str, settings: Settings, operations: Mapping[str, Operation]) -> Handler:
    """The handler of one Lambda function.

    Raises:
        ValueError: the operations are not exactly those that the contract gives to ``function``.
    """
    routes = routes_of(function)
    if {route.operation for route in routes} != operations.keys():
        raise ValueError(f"{function} must have the operations {[route.operation for route in routes]}")
    app = App(settings, Logger(service=function), Metrics(namespace=os.environ["POWERTOOLS_METRICS_NAMESPACE"]))
    for route in routes:
        app.add(route, operations[route.operation])
    return app.handle


def _admission(settings: Settings) -> Callable[[Event], None]:
    """Who may call: anybody, or users; only then is there anything to ask, and a client of AWS to load."""
    if not isinstance(settings, UserSettings):
        return lambda _: None
    from handlers.runtime.admission import admit  # noqa: PLC0415 (see above)

    return lambda event: admit(event, settings)


class App:
    """One function's routes."""

    def __init__(self, settings: Settings, logger: Logger, metrics: Metrics) -> None:
        self.settings, self.logger, self.metrics = settings, logger, metrics
        self.admit = _admission(settings)
        self.resolver = APIGatewayRestResolver()
        self.resolver.not_found(self._nowhere)

    def add(self, route: Route, operation: Operation) -> None:
        """Answer ``route`` by ``operation``."""

        def answer(**_: str) -> Response[str]:
            return self._answer(route, operation)

        self.resolver.route(route.path.replace("{", "<").replace("}", ">"), method=route.method)(answer)

    def handle(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Answer one event. The deployer asks without one, to see whether this version starts."""
        if "requestContext" not in event:
            return {"warm": True}
        self.logger.set_correlation_id(event["requestContext"]["requestId"])
        try:
            # API Gateway has matched the route; its template has nothing to stumble over in a second match.
            return self.resolver.resolve({**event, "path": event["resource"]}, context)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001 (Lambda would end the process)
            log_failure(self.logger, error)
            failed = refused(ProblemError(INTERNAL), event["requestContext"]["requestId"])
            headers = {**full_headers(failed, self.settings.cors_origin), "Content-Type": failed.media_type}
            return {"statusCode": failed.status, "headers": headers, "body": failed.body}

    def _answer(self, route: Route, operation: Operation) -> Response[str]:
        event: Event = self.resolver.current_event.raw_event
        start = time.perf_counter()
        answered = self._safely(route, operation, event)
        self._log(route, answered.status, (time.perf_counter() - start) * 1000)
        return self._response(answered)

    def _safely(self, route: Route, operation: Operation, event: Event) -> Answer:
        request_id = event["requestContext"]["requestId"]
        try:
            self.admit(event)
            return operation(parse_request(route, event))
        except ProblemError as refusal:
            return refused(refusal, request_id)
        except (InvalidFields, StoreError) as error:
            return refused(refusal_of(error), request_id)
        except Exception as error:  # noqa: BLE001 (the last catch: API Gateway must never see a raise)
            log_failure(self.logger, error)
            return refused(ProblemError(INTERNAL), request_id)

    def _nowhere(self, _: Exception) -> Response[str]:
        return self._response(
            refused(ProblemError(NOT_FOUND), self.resolver.current_event.request_context.request_id or "")
        )

    def _response(self, answered: Answer) -> Response[str]:
        return Response(
            status_code=answered.status,
            content_type=answered.media_type if answered.body else None,
            body=answered.body,
            headers=dict(full_headers(answered, self.settings.cors_origin)),
        )

    def _log(self, route: Route, status: int, milliseconds: float) -> None:
        """One line a request; nothing in it tells who or what."""
        self.logger.info("request", operation=route.operation, status=status, latency_ms=round(milliseconds, 1))
        self.metrics.add_dimension("operation", route.operation)
        self.metrics.add_metric("Latency", MetricUnit.Milliseconds, round(milliseconds, 1))
        self.metrics.add_metric("Refused", MetricUnit.Count, int(400 <= status < 500))  # noqa: PLR2004
        self.metrics.add_metric("Failed", MetricUnit.Count, int(status >= 500))  # noqa: PLR2004
        self.metrics.flush_metrics()
