"""Read a whole REST API back into its properties. Calls that need no other answer are concurrent."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.compare import digest
from stack.errors import absent_is_none
from stack.kinds.alias import alias_arn
from stack.kinds.permissions import foreign, statements
from stack.kinds.rest_api.answers import ALL_METHODS, API, AUTHORIZERS, METHODS, TEMPLATE_TYPE, undeclared_of_stage
from stack.kinds.rest_api.props import CURRENT, Authorizer, GatewayResponse, Method, Model, RestApiProps, Stage
from stack.kinds.together import together

if TYPE_CHECKING:
    from stack.target.target import Target

FUNCTION_URI = re.compile(r"arn:aws:apigateway:[^:]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations")
PAGE = 500
VALIDATOR = "body"
BUILT_IN_MODELS = frozenset({"Empty", "Error"})
RESPONSE_HEADER = "gatewayresponse.header."
PERMISSION = "permission of"
PREFLIGHT_HEADER = "method.response.header."


@dataclass(frozen=True, slots=True)
class Ids:
    """AWS's ids of the parts, by path or name; authorizers by id, since AWS lets duplicates exist."""

    resources: Mapping[str, str]
    authorizers: Mapping[str, Authorizer]
    validators: Mapping[str, str]
    deployment: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The live state of an API: its properties, and the ids that writing needs."""

    props: RestApiProps
    ids: Ids


def read(target: Target, api: Any, stage_name: str) -> Reading:
    """Read all parts of an API, which GetRestApis has described."""
    gateway, api_id = target.client("apigateway"), api["id"]
    resources, models, authorizers, validators, responses, staged = together(
        lambda: _pages(gateway, "get_resources", restApiId=api_id, embed=["methods"]),
        lambda: _pages(gateway, "get_models", restApiId=api_id),
        lambda: _pages(gateway, "get_authorizers", restApiId=api_id),
        lambda: _pages(gateway, "get_request_validators", restApiId=api_id),
        lambda: _pages(gateway, "get_gateway_responses", restApiId=api_id),
        lambda: _stage(gateway, api_id, stage_name),
    )
    pools = {each["id"]: _pool(each) for each in authorizers}
    by_id = {each["id"]: _authorizer(each) for each in authorizers}
    named = {each["id"]: each["name"] for each in validators if each.get("validateRequestBody")}
    duplicates = (*_duplicates(by_id), *_duplicates(named))
    validating = {validator: name for validator, name in named.items() if validator not in duplicates}
    methods = _sorted(_methods(resources, pools, validating), "key")
    functions = sorted({_function_name(method) for method in methods} - {""})
    frozen, *policies = together(
        lambda: _frozen(gateway, api_id, staged),
        *(functools.partial(_policy, target, name) for name in functions),
    )
    permitted = dict(zip(functions, policies, strict=True))
    props = RestApiProps(
        description=api.get("description", ""),
        authorizers=_sorted((_authorizer(each) for each in authorizers), "pool"),
        models=_sorted((_model(each) for each in models if each["name"] not in BUILT_IN_MODELS), "name"),
        methods=methods,
        responses=_sorted((_response(each) for each in responses if not each.get("defaultResponse")), "type"),
        stage=_read_stage(staged, stage_name),
        invokes=tuple(name for name in functions if _allows(target, api_id, permitted[name])),
        duplicates=duplicates,
        undeclared={**API.undeclared(api), **_others(target, permitted)},
    )
    ids = Ids(
        resources={each["path"]: each["id"] for each in resources},
        authorizers=by_id,
        validators={name: validator for validator, name in validating.items()},
        deployment=staged["deploymentId"] if staged else None,
    )
    return Reading(dataclasses.replace(props, deployed=_state(frozen, props)), ids)


def source_arn(target: Target, api_id: str) -> str:
    """The source of a function's permission: every method of every stage of one API."""
    return target.arn("execute-api", f"{api_id}/*")


def statement_id(target: Target) -> str:
    """The id of the API's statement in a function's policy."""
    return target.named("api")


def _pages(gateway: Any, operation: str, **arguments: Any) -> list[Any]:
    """All items. Not every operation has a paginator in botocore, but each accepts ``position``."""
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
    """The fingerprint in the description of the stage's deployment."""
    if not staged:
        return ""
    return str(gateway.get_deployment(restApiId=api_id, deploymentId=staged["deploymentId"]).get("description", ""))


def _state(frozen: str, props: RestApiProps) -> str:
    return CURRENT if frozen == digest(props.definition) else "an older definition" if frozen else "nothing"


def _policy(target: Target, function: str) -> dict[str, Any]:
    return statements(target.client("lambda"), alias_arn(target, function))


def _others(target: Target, policies: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The permissions of others to invoke the functions of the API."""
    return {
        f"{PERMISSION} {function} {sid}": json.dumps(each, sort_keys=True)
        for function, policy in policies.items()
        for sid, each in foreign(target, policy).items()
    }


def _allows(target: Target, api_id: str, policy: Mapping[str, Any]) -> bool:
    found = policy.get(statement_id(target))
    source = found and found.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn")
    return bool(source == source_arn(target, api_id))


def _methods(resources: Iterable[Any], pools: Mapping[str, str], validating: Mapping[str, str]) -> Iterator[Method]:
    for resource in resources:
        for verb, method in resource.get("resourceMethods", {}).items():
            integration = method.get("methodIntegration", {})
            yield Method(
                key=f"{verb} {resource['path']}",
                function=_called(integration),
                pool=_required(method, pools),
                models=_models(method, validating),
                preflight=_preflight(integration) if integration.get("type") == "MOCK" else {},
                undeclared=METHODS.undeclared(method),
            )


def _called(integration: Any) -> str:
    """The alias ARN of a proxy integration; with the integration type appended where it is another one."""
    kind, uri = integration.get("type", ""), FUNCTION_URI.fullmatch(integration.get("uri") or "")
    if not uri:
        return ""
    return uri["arn"] if kind == "AWS_PROXY" else f"{uri['arn']} by {kind}"


def _required(method: Any, pools: Mapping[str, str]) -> str:
    kind = method.get("authorizationType", "NONE")
    if method.get("apiKeyRequired"):
        return f"{kind} and an API key"
    if kind == "NONE":
        return ""
    return pools.get(method.get("authorizerId", ""), "a deleted authorizer") if kind == "COGNITO_USER_POOLS" else kind


def _models(method: Any, validating: Mapping[str, str]) -> dict[str, str]:
    """The models; without a body validator API Gateway does not use them."""
    return dict(method.get("requestModels") or {}) if method.get("requestValidatorId") in validating else {}


def _preflight(integration: Any) -> dict[str, str]:
    parameters = integration.get("integrationResponses", {}).get("204", {}).get("responseParameters", {})
    return {key.removeprefix(PREFLIGHT_HEADER): value.strip("'") for key, value in parameters.items()}


def _duplicates(parts: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of parts that equal another part with a smaller id."""
    first: dict[object, str] = {}
    return tuple(part for part in sorted(parts) if first.setdefault(parts[part], part) != part)


def _pool(authorizer: Any) -> str:
    return ", ".join(sorted(authorizer.get("providerARNs", [])))


def _authorizer(each: Any) -> Authorizer:
    header = each.get("identitySource", "").removeprefix("method.request.header.")
    if undeclared := AUTHORIZERS.undeclared(each):
        header = f"{header} with {json.dumps(undeclared, sort_keys=True)}"
    return Authorizer(pool=_pool(each), header=header, ttl=each.get("authorizerResultTtlInSeconds", 300))


def _model(each: Any) -> Model:
    """A model with its schema in canonical form; a schema that is no JSON stays text."""
    schema = each.get("schema", "")
    try:
        return Model(each["name"], json.dumps(json.loads(schema), sort_keys=True))
    except ValueError:
        return Model(each["name"], schema)


def _response(each: Any) -> GatewayResponse:
    headers, templates = each.get("responseParameters", {}).items(), each.get("responseTemplates", {})
    only = templates.keys() <= {TEMPLATE_TYPE}
    return GatewayResponse(
        type=each["responseType"],
        status=str(each.get("statusCode", "")),
        template=templates.get(TEMPLATE_TYPE, "") if only else json.dumps(templates, sort_keys=True),
        headers={key.removeprefix(RESPONSE_HEADER): value.strip("'") for key, value in headers},
    )


def _read_stage(staged: Any, name: str) -> Stage:
    settings = (staged or {}).get("methodSettings", {}).get(ALL_METHODS, {})
    logs = (staged or {}).get("accessLogSettings") or {}
    return Stage(
        name=name if staged else "",
        rate=float(settings.get("throttlingRateLimit", -1)),
        burst=int(settings.get("throttlingBurstLimit", -1)),
        log_group=logs.get("destinationArn", "").removesuffix(":*"),
        log_format=logs.get("format", ""),
        undeclared=undeclared_of_stage(staged or {}),
    )


def _function_name(method: Method) -> str:
    """The name in an alias ARN, ``arn:aws:lambda:region:account:function:NAME:alias``."""
    parts = str(method.function).split(":")
    return parts[6] if len(parts) > 6 else ""  # noqa: PLR2004 (see the line above)


def _sorted(items: Iterable[Any], field: str) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda each: str(getattr(each, field))))
