"""The REST API of the contract's routes, with its access log."""

from __future__ import annotations

from typing import Any

from handlers.contract.names import STAGE
from handlers.contract.routes import ROUTES
from stack.engine.model import Desired, Ref
from stack.kinds.log_group import LogGroupProps
from stack.kinds.rest_api.props import Authorizer, RestApiProps, Stage
from stack.target.target import Target
from stack.topology.addresses import API, POOL
from stack.topology.api.methods import methods
from stack.topology.api.models import models
from stack.topology.api.responses import responses
from stack.topology.options import Options

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "time": "$context.requestTime",
    "timeEpoch": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integration.integrationStatus",
    "functionRequestId": "$context.integration.requestId",
    "responseLength": "$context.responseLength",
    "error": "$context.error.responseType",
}
"""Times in milliseconds; ``timeEpoch`` is the arrival. ``integrationStatus`` is the answer of Lambda's service, and
``functionRequestId`` its id of the run: it finds the run that was cut off before its function logged a line.

Neither path, query, caller, IP address nor user agent: data of users does not belong in a log. No message of an error
either: it may quote a request. Each value is a string, because API Gateway writes ``-`` for a value that is absent.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""


def rest_api(target: Target, options: Options) -> tuple[Desired[Any], ...]:
    """The API and the log group of its access log."""
    pool = Ref(POOL, "arn")
    props = RestApiProps(
        description="The HTTP API of the expense tracker",
        authorizers=(Authorizer(pool),),
        models=models(ROUTES),
        methods=methods(ROUTES, pool, options.web_origin),
        responses=responses(options.web_origin),
        stage=Stage(
            name=STAGE,
            rate=options.rate,
            burst=options.burst,
            log_group=Ref("log_group.api", "arn"),
            log_format=log_format(),
        ),
        invokes=tuple(Ref(f"function.{key}", "name") for key in sorted({route.function for route in ROUTES})),
    )
    group = f"/aws/apigateway/{target.named('api')}"
    return (
        Desired("log_group.api", group, LogGroupProps(options.retention)),
        Desired(API, target.named("api"), props),
    )


def log_format() -> str:
    """The format as API Gateway takes it: one line."""
    return "{" + ",".join(f'"{key}":"{variable}"' for key, variable in ACCESS_LOG.items()) + "}"
