"""The answers of API Gateway about an API and its parts, member by member, and the patches that reset them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from stack.kinds.described import ABSENT, EMPTY, Described

TEMPLATE_TYPE = "application/json"
PREFLIGHT_TEMPLATES = {TEMPLATE_TYPE: '{"statusCode":204}'}
"""The request templates of a mock integration that answers preflight requests."""
TYPES, IP_TYPE = "endpointConfiguration.types", "endpointConfiguration.ipAddressType"

API = Described(
    "GetRestApis",
    "items",
    compared="description",
    defaults={
        "binaryMediaTypes": EMPTY,
        "minimumCompressionSize": ABSENT,
        "apiKeySource": ("HEADER",),
        TYPES: (["REGIONAL"],),
        IP_TYPE: ("ipv4",),
        "policy": EMPTY,
        "disableExecuteApiEndpoint": EMPTY,
    },
    identity="id name createdDate version tags rootResourceId apiStatus apiStatusMessage warnings",
    ignored={
        "endpointConfiguration.vpcEndpointIds": "belong to a private API, whose type is drift",
        "securityPolicy endpointAccessMode": "every other value is stricter than the default",
    },
)
METHODS = Described(
    "GetResources",
    "items.resourceMethods",
    compared="authorizationType authorizerId apiKeyRequired requestValidatorId requestModels methodIntegration.type"
    " methodIntegration.uri methodIntegration.integrationResponses",
    defaults={
        "requestParameters": EMPTY,
        "authorizationScopes": EMPTY,
        "methodIntegration.httpMethod": ("POST",),
        "methodIntegration.connectionType": ("INTERNET",),
        "methodIntegration.connectionId": EMPTY,
        "methodIntegration.credentials": EMPTY,
        "methodIntegration.requestParameters": EMPTY,
        "methodIntegration.requestTemplates": (PREFLIGHT_TEMPLATES,),
        "methodIntegration.passthroughBehavior": ("WHEN_NO_MATCH",),
        "methodIntegration.contentHandling": EMPTY,
        "methodIntegration.timeoutInMillis": (29_000,),
        "methodIntegration.cacheKeyParameters": EMPTY,
        "methodIntegration.tlsConfig": EMPTY,
        "methodIntegration.responseTransferMode": ("BUFFERED",),
        "methodIntegration.integrationTarget": EMPTY,
    },
    identity="httpMethod methodIntegration.cacheNamespace",
    ignored={
        "operationName": "a name for generated clients",
        "methodResponses": "name the headers; the integration has their values",
    },
)
AUTHORIZERS = Described(
    "GetAuthorizers",
    "items",
    compared="providerARNs identitySource authorizerResultTtlInSeconds",
    defaults={
        "type": ("COGNITO_USER_POOLS",),
        "identityValidationExpression": EMPTY,
        "authorizerUri": EMPTY,
        "authorizerCredentials": EMPTY,
        "jwtConfiguration": EMPTY,
    },
    identity="id name authType",
)
MODELS = Described(
    "GetModels",
    "items",
    compared="name schema",
    identity="id",
    ignored={"description": "a text for people", "contentType": "cannot be changed after the creation"},
)
VALIDATORS = Described(
    "GetRequestValidators",
    "items",
    compared="validateRequestBody",
    identity="id name",
    ignored={"validateRequestParameters": "no method has parameters to validate; one that has is drift"},
)
RESPONSES = Described(
    "GetGatewayResponses",
    "items",
    compared="responseType statusCode responseParameters responseTemplates defaultResponse",
)
STAGES = Described(
    "GetStage",
    compared="deploymentId stageName accessLogSettings methodSettings",
    defaults={
        "clientCertificateId": EMPTY,
        "cacheClusterEnabled": EMPTY,
        "variables": EMPTY,
        "canarySettings": EMPTY,
        "tracingEnabled": EMPTY,
    },
    identity="createdDate lastUpdatedDate tags cacheClusterSize cacheClusterStatus",
    ignored={
        "description documentationVersion": "texts for people",
        "webAclArn": "WAF associates it with a stage by a call of its own",
    },
)
ALL_METHODS = "*/*"
METHOD_SETTINGS = Described(
    "GetStage",
    "methodSettings",
    compared="throttlingBurstLimit throttlingRateLimit",
    defaults={
        "metricsEnabled": EMPTY,
        "loggingLevel": ("OFF",),
        "dataTraceEnabled": EMPTY,
        "cachingEnabled": EMPTY,
    },
    ignored={
        "cacheTtlInSeconds cacheDataEncrypted requireAuthorizationForCacheControl"
        " unauthorizedCacheControlHeaderStrategy": "have no effect without caching",
    },
)
DEPLOYMENT = Described(
    "GetDeployment",
    compared="description",
    identity="id createdDate",
    ignored={"apiSummary": "the description is the fingerprint of the whole definition"},
)
_API_RESETS = {
    "apiKeySource": "HEADER",
    "policy": "",
    "disableExecuteApiEndpoint": "false",
    IP_TYPE: "ipv4",
    "minimumCompressionSize": None,
}
_STAGE_RESETS = {
    "clientCertificateId": "",
    "cacheClusterEnabled": "false",
    "tracingEnabled": "false",
    f"methodSettings.{ALL_METHODS}.metricsEnabled": "false",
    f"methodSettings.{ALL_METHODS}.loggingLevel": "OFF",
    f"methodSettings.{ALL_METHODS}.dataTraceEnabled": "false",
    f"methodSettings.{ALL_METHODS}.cachingEnabled": "false",
}
_PATHS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "cachingEnabled": "caching/enabled",
}
"""The paths of method settings in a patch.

Source: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""


def undeclared_of_stage(staged: Any) -> dict[str, str]:
    """The settings of a stage that no property declares, with those of single methods."""
    settings = dict(staged.get("methodSettings") or {})
    found = STAGES.undeclared(staged)
    if found.pop("variables", None):
        found |= {f"variables.{name}": value for name, value in staged["variables"].items()}
    of_all = METHOD_SETTINGS.undeclared(settings.pop(ALL_METHODS, {}))
    found |= {f"methodSettings.{ALL_METHODS}.{member}": value for member, value in of_all.items()}
    return found | {f"methodSettings.{key}": json.dumps(each, sort_keys=True) for key, each in settings.items()}


def api_patches(undeclared: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The patches that take back the ``undeclared`` settings of an API."""
    for member, value in undeclared.items():
        if member == "binaryMediaTypes":
            yield from (_patch("remove", f"binaryMediaTypes/{_escaped(each)}") for each in json.loads(value))
        elif member == TYPES:
            yield _patch("replace", f"endpointConfiguration/types/{json.loads(value)[0]}", "REGIONAL")
        elif member in _API_RESETS:
            yield _patch("replace", member.replace(".", "/"), _API_RESETS[member])


def stage_patches(undeclared: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The patches that take back the ``undeclared`` settings of a stage."""
    for member in undeclared:
        if member == "canarySettings" or member.startswith("variables."):
            yield _patch("remove", member.replace(".", "/", 1))
        elif member in _STAGE_RESETS:
            setting = member.rpartition(".")[2]
            path = f"{ALL_METHODS}/{_PATHS[setting]}" if setting in _PATHS else setting
            yield _patch("replace", path, _STAGE_RESETS[member])
        else:
            yield _patch("remove", member.removeprefix("methodSettings."))


def _patch(op: str, path: str, value: str | None = None) -> dict[str, str]:
    return {"op": op, "path": f"/{path}", **({} if value is None else {"value": value})}


def _escaped(part: str) -> str:
    """A part of a path of a JSON patch (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")
