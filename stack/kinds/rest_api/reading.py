"""Read a whole REST API back into the type it is declared in. Every call of one level is made at once."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.model import digest
from stack.errors import absent_is_none
from stack.kinds.permissions import statement
from stack.kinds.rest_api.props import CURRENT, Authorizer, Method, Model, Refusal, RestApiProps, Stage
from stack.kinds.together import together

if TYPE_CHECKING:
    from stack.target.target import Target

FUNCTION_URI = re.compile(r"arn:aws:apigateway:[^:]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations")
PAGE = 500
VALIDATOR = "body"
BUILT_IN_MODELS = frozenset({"Empty", "Error"})
TEMPLATE_TYPE = "application/json"
REFUSAL_HEADER = "gatewayresponse.header."
PREFLIGHT_HEADER = "method.response.header."


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids AWS gave to the parts, by what we call them; of authorizers, which AWS lets exist twice, by id."""

    resources: Mapping[str, str]
    authorizers: Mapping[str, Authorizer]
    validators: Mapping[str, str]
    deployment: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One API as it is: its properties, and the ids that writing needs."""

    props: RestApiProps
    ids: Ids


def read(target: Target, api_id: str, description: str, stage_name: str) -> Reading:
    """Read all parts of the API ``api_id``."""
    gateway = target.client("apigateway")
    resources, models, authorizers, validators, refusals, staged = together(
        lambda: _pages(gateway, "get_resources", restApiId=api_id, embed=["methods"]),
        lambda: _pages(gateway, "get_models", restApiId=api_id),
        lambda: _pages(gateway, "get_authorizers", restApiId=api_id),
        lambda: _pages(gateway, "get_request_validators", restApiId=api_id),
        lambda: _pages(gateway, "get_gateway_responses", restApiId=api_id),
        lambda: _stage(gateway, api_id, stage_name),
    )
    pools = {each["id"]: _pool(each) for each in authorizers}
    held = {each["id"]: _authorizer(each) for each in authorizers}
    named = {each["id"]: each["name"] for each in validators if each.get("validateRequestBody")}
    twins = (*_twins(held), *_twins(named))
    validating = {validator: name for validator, name in named.items() if validator not in twins}
    methods = _sorted(_methods(resources, pools, validating), "key")
    functions = sorted({_function_name(method) for method in methods} - {""})
    frozen, *allowed = together(
        lambda: _frozen(gateway, api_id, staged),
        *(functools.partial(_may_invoke, target, api_id, name) for name in functions),
    )
    props = RestApiProps(
        description=description,
        authorizers=_sorted((_authorizer(each) for each in authorizers), "pool"),
        models=_sorted((_model(each) for each in models if each["name"] not in BUILT_IN_MODELS), "name"),
        methods=methods,
        refusals=_sorted((_refusal(each) for each in refusals if not each.get("defaultResponse")), "type"),
        stage=_read_stage(staged, stage_name),
        invokes=tuple(name for name, allows in zip(functions, allowed, strict=True) if allows),
        twins=twins,
    )
    ids = Ids(
        resources={each["path"]: each["id"] for each in resources},
        authorizers=held,
        validators={name: validator for validator, name in validating.items()},
        deployment=staged["deploymentId"] if staged else None,
    )
    return Reading(dataclasses.replace(props, deployed=_state(frozen, props)), ids)


def source_arn(target: Target, api_id: str) -> str:
    """Every method of every stage of one API, as the caller in a function's permission."""
    return target.arn("execute-api", f"{api_id}/*")


def statement_id(target: Target) -> str:
    """The name of the API's statement in a function's policy."""
    return target.named("api")


def _pages(gateway: Any, operation: str, **arguments: Any) -> list[Any]:
    """All items; not every one of these operations has a paginator in botocore, but each takes ``position``."""
    items: list[Any] = []
    position: dict[str, str] = {}
    while True:
        page = getattr(gateway, operation)(limit=PAGE, **arguments, **position)
        items += page["items"]
        if not page.get("position"):
            return items
        position = {"position": page["position"]}


@absent_is_none("NotFoundException")
def _stage(gateway: Any, api_id: str, name: str) -> Any:
    return gateway.get_stage(restApiId=api_id, stageName=name)


def _frozen(gateway: Any, api_id: str, staged: Any) -> str:
    """The fingerprint in the description of the deployment that the stage serves."""
    if not staged:
        return ""
    return str(gateway.get_deployment(restApiId=api_id, deploymentId=staged["deploymentId"]).get("description", ""))


def _state(frozen: str, props: RestApiProps) -> str:
    return CURRENT if frozen == digest(props.definition) else "an older definition" if frozen else "nothing"


def _may_invoke(target: Target, api_id: str, function: str) -> bool:
    alias_arn = target.arn("lambda", f"function:{function}:live")
    found = statement(target.client("lambda"), alias_arn, statement_id(target))
    source = found and found.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn")
    return bool(source == source_arn(target, api_id))


def _methods(resources: Iterable[Any], pools: Mapping[str, str], validating: Mapping[str, str]) -> Iterator[Method]:
    for resource in resources:
        for verb, method in resource.get("resourceMethods", {}).items():
            integration = method.get("methodIntegration", {})
            yield Method(
                key=f"{verb} {resource['path']}",
                function=_called(integration),
                pool=_asked_for(method, pools),
                models=_models(method, validating),
                preflight=_preflight(integration) if integration.get("type") == "MOCK" else {},
            )


def _called(integration: Any) -> str:
    """The function that is handed the whole request; how it is called, where that is done otherwise."""
    kind, uri = integration.get("type", ""), FUNCTION_URI.fullmatch(integration.get("uri") or "")
    if not uri:
        return ""
    return uri["arn"] if kind == "AWS_PROXY" else f"{uri['arn']} by {kind}"


def _asked_for(method: Any, pools: Mapping[str, str]) -> str:
    kind = method.get("authorizationType", "NONE")
    if method.get("apiKeyRequired"):
        return f"{kind} and an API key"
    if kind == "NONE":
        return ""
    return pools.get(method.get("authorizerId", ""), "a deleted authorizer") if kind == "COGNITO_USER_POOLS" else kind


def _models(method: Any, validating: Mapping[str, str]) -> dict[str, str]:
    """A model without the validator that asks for it is no model."""
    return dict(method.get("requestModels") or {}) if method.get("requestValidatorId") in validating else {}


def _preflight(integration: Any) -> dict[str, str]:
    parameters = integration.get("integrationResponses", {}).get("204", {}).get("responseParameters", {})
    return {key.removeprefix(PREFLIGHT_HEADER): value.strip("'") for key, value in parameters.items()}


def _twins(parts: Mapping[str, object]) -> tuple[str, ...]:
    """The ids, of those that are the same but for the id, except the first of each."""
    first: dict[object, str] = {}
    return tuple(part for part in sorted(parts) if first.setdefault(parts[part], part) != part)


def _pool(authorizer: Any) -> str:
    return ", ".join(sorted(authorizer.get("providerARNs", [])))


def _authorizer(each: Any) -> Authorizer:
    header = each.get("identitySource", "").removeprefix("method.request.header.")
    return Authorizer(pool=_pool(each), header=header, ttl=each.get("authorizerResultTtlInSeconds", 300))


def _model(each: Any) -> Model:
    """The schema in one spelling; as it is, where somebody wrote one that is no JSON."""
    schema = each.get("schema", "")
    try:
        return Model(each["name"], json.dumps(json.loads(schema), sort_keys=True))
    except ValueError:
        return Model(each["name"], schema)


def _refusal(each: Any) -> Refusal:
    headers = each.get("responseParameters", {}).items()
    return Refusal(
        type=each["responseType"],
        status=str(each.get("statusCode", "")),
        template=each.get("responseTemplates", {}).get(TEMPLATE_TYPE, ""),
        headers={key.removeprefix(REFUSAL_HEADER): value.strip("'") for key, value in headers},
    )


def _read_stage(staged: Any, name: str) -> Stage:
    settings = (staged or {}).get("methodSettings", {}).get("*/*", {})
    logs = (staged or {}).get("accessLogSettings") or {}
    return Stage(
        name=name if staged else "",
        rate=float(settings.get("throttlingRateLimit", -1)),
        burst=int(settings.get("throttlingBurstLimit", -1)),
        log_group=logs.get("destinationArn", "").removesuffix(":*"),
        log_format=logs.get("format", ""),
    )


def _function_name(method: Method) -> str:
    """The name within an alias ARN, ``arn:aws:lambda:region:account:function:NAME:alias``."""
    parts = str(method.function).split(":")
    return parts[6] if len(parts) > 6 else ""  # noqa: PLR2004 (see the line above)


def _sorted(items: Iterable[Any], field: str) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda each: str(getattr(each, field))))
