"""From an event of API Gateway to its answer: find the operation, admit the caller, parse, act, log. It never raises.

A function is a table of operations by name; the contract gives each its route. API Gateway has matched the URL
already: its event names the resource, so a lookup by method and resource is all the routing that is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from handlers.contract.problem import InvalidFields
from handlers.contract.refusals import INTERNAL, NOT_FOUND
from handlers.contract.routes import Route, routes_of
from handlers.contract.settings import Settings, UserSettings
from handlers.runtime.answer import Answer, proxy_answer, refused
from handlers.runtime.failure import log_failure
from handlers.runtime.logger import begin_lines, logger_of
from handlers.runtime.measures import Measures
from handlers.runtime.refusal import ProblemError, refusal_of
from handlers.runtime.request import AnyRequest, Event, parse_request
from handlers.store.calls import CALLS
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
    table = {(route.method, route.path): (route, operations[route.operation]) for route in routes}
    return App(settings, table, logger_of(function), Measures(function)).handle


def _admission(settings: Settings) -> Callable[[Event], None]:
    """The check of the caller. A public function has none, so it does not load a client of AWS either."""
    if not isinstance(settings, UserSettings):
        return lambda _: None
    from handlers.runtime.admission import admit  # noqa: PLC0415 (see above)

    return lambda event: admit(event, settings)


class App:
    """One function: its operations by method and resource."""

    def __init__(
        self,
        settings: Settings,
        operations: Mapping[tuple[str, str], tuple[Route, Operation]],
        logger: Logger,
        measures: Measures,
    ) -> None:
        self.settings, self.operations, self.logger, self.measures = settings, operations, logger, measures
        self.admit = _admission(settings)

    def handle(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Answer one event. The deployer sends one without a request, to see whether this version starts."""
        if "requestContext" not in event:
            return {"warm": True}
        request_id = event["requestContext"]["requestId"]
        begin_lines(self.logger, context, request_id)
        try:
            answered = self._answer(event, request_id)
        except Exception as error:  # noqa: BLE001 (a raise would end the process)
            log_failure(self.logger, error)
            answered = refused(ProblemError(INTERNAL), request_id)
        return proxy_answer(answered, self.settings.cors_origin)

    def _answer(self, event: Event, request_id: str) -> Answer:
        if (event["httpMethod"], event["resource"]) not in self.operations:
            return refused(ProblemError(NOT_FOUND), request_id)
        route, operation = self.operations[event["httpMethod"], event["resource"]]
        start = time.perf_counter()
        answered = self._safely(route, operation, event, request_id)
        self._log(route, answered, (time.perf_counter() - start) * 1000)
        return answered

    def _safely(self, route: Route, operation: Operation, event: Event, request_id: str) -> Answer:
        try:
            self.admit(event)
            return operation(parse_request(route, event))
        except ProblemError as refusal:
            return refused(refusal, request_id)
        except (InvalidFields, StoreError) as error:
            return refused(refusal_of(error), request_id)
        except Exception as error:  # noqa: BLE001 (API Gateway must never see a raise)
            log_failure(self.logger, error, operation=route.operation)
            return refused(ProblemError(INTERNAL), request_id)

    def _log(self, route: Route, answered: Answer, milliseconds: float) -> None:
        """One line and its metrics for each request, without a word about the user or the data."""
        latency = round(milliseconds, 1)
        fields = {"status": answered.status, "latency_ms": latency, **CALLS.fields()}
        self.logger.info("request", operation=route.operation, **fields)
        self.measures.request(route.operation, answered, milliseconds)
