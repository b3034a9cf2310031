"""Bring a REST API to its declaration, part by part, with the granular calls.

An imported OpenAPI body could not be compared route by route, and not every emulator imports one. Parts with lists or
booleans are replaced, not patched: targets differ in the patch grammar of those. Order: the parts that methods need,
the methods, the removal of unused parts, one deployment, the stage. One call at a time: API Gateway answers concurrent
changes of one API with a conflict, and throttles more than a few a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stack.engine.compare import digest
from stack.errors import absent_is_done, retry_on
from stack.kinds.alias import alias_arn
from stack.kinds.permissions import foreign, permit, statements, withdraw
from stack.kinds.rest_api.answers import PREFLIGHT_TEMPLATES, TEMPLATE_TYPE, api_patches, stage_patches
from stack.kinds.rest_api.props import Authorizer, GatewayResponse, Method, Model, RestApiProps, Stage
from stack.kinds.rest_api.reading import (
    PERMISSION,
    PREFLIGHT_HEADER,
    RESPONSE_HEADER,
    VALIDATOR,
    Reading,
    source_arn,
    statement_id,
)

if TYPE_CHECKING:
    from stack.target.target import Target

KEPT_DEPLOYMENTS = 2
NO_CONTENT = "204"


class Writer:
    """The writes of one change to the API ``api_id``, whose live state is ``reading``."""

    def __init__(self, target: Target, api_id: str, reading: Reading) -> None:
        self.target, self.api_id = target, api_id
        self.gateway = target.client("apigateway")
        self.live, self.ids = reading.props, reading.ids
        self.resources = dict(reading.ids.resources)

    def describe(self, description: str) -> None:
        """Write the description, and take back the settings of the API that others made."""
        patches = list(api_patches(self.live.undeclared))
        if self.live.description != description:
            patches.append({"op": "replace", "path": "/description", "value": description})
        if patches:
            self.gateway.update_rest_api(restApiId=self.api_id, patchOperations=patches)

    def define(self, props: RestApiProps) -> None:
        """Write the declared models, authorizers, methods and gateway responses, and remove all others."""
        self._models({model.name: model for model in props.models})
        authorizers = self._authorizers(props.authorizers)
        self._methods({method.key: method for method in props.methods}, authorizers)
        self._remove_unused(props, frozenset(authorizers.values()))
        self._responses({response.type: response for response in props.responses})

    def serve(self, props: RestApiProps) -> None:
        """Deploy the definition once and point the stage to the deployment."""
        fingerprint = digest(props.definition)
        deployment = self._unserved(fingerprint) if self.live.definition == props.definition else None
        if not deployment:
            made = self.gateway.create_deployment(restApiId=self.api_id, description=fingerprint)
            deployment = str(made["id"])
        self.stage(props.stage, deployment)
        old = [each["id"] for each in self._deployments() if each["id"] != deployment][KEPT_DEPLOYMENTS - 1 :]
        for each in old:
            with absent_is_done("NotFoundException"):
                self.gateway.delete_deployment(restApiId=self.api_id, deploymentId=each)

    def stage(self, stage: Stage, deployment: str) -> None:
        """Create the stage or patch it; afterwards it serves ``deployment``."""
        if not self.live.stage.name:
            self.gateway.create_stage(restApiId=self.api_id, stageName=stage.name, deploymentId=deployment)
        patches = {
            "/deploymentId": deployment,
            "/*/*/throttling/rateLimit": f"{stage.rate:g}",
            "/*/*/throttling/burstLimit": str(stage.burst),
            "/accessLogSettings/destinationArn": str(stage.log_group),
            "/accessLogSettings/format": stage.log_format,
        }
        self.gateway.update_stage(
            restApiId=self.api_id,
            stageName=stage.name,
            patchOperations=[
                *({"op": "replace", "path": path, "value": value} for path, value in patches.items()),
                *stage_patches(self.live.stage.undeclared),
            ],
        )

    def permit(self, functions: tuple[str, ...]) -> None:
        """Permit this API to invoke the alias of each of ``functions``, and of no other function."""
        client, sid = self.target.client("lambda"), statement_id(self.target)
        live = {str(each) for each in self.live.invokes}
        for function in sorted({*functions} - live):
            source, alias = source_arn(self.target, self.api_id), alias_arn(self.target, function)
            permit(client, alias, sid, Principal="apigateway.amazonaws.com", SourceArn=source)
            # A reading contains the policies of the functions that a method calls already, and so not this one's.
            for other in foreign(self.target, statements(client, alias)):
                withdraw(client, alias, other)
        for function in sorted(live - {*functions}):
            withdraw(client, alias_arn(self.target, function), sid)
        for member in self.live.undeclared:
            if member.startswith(PERMISSION):
                function, _, other = member.removeprefix(f"{PERMISSION} ").partition(" ")
                withdraw(client, alias_arn(self.target, function), other)

    def _deployments(self) -> list[Any]:
        """All deployments, the newest first."""
        listed = self.gateway.get_deployments(restApiId=self.api_id, limit=500)["items"]
        return sorted(listed, key=lambda each: each["createdDate"], reverse=True)

    def _unserved(self, fingerprint: str) -> str | None:
        """The newest deployment, if it has this definition but no stage serves it: a run died in between."""
        newest = next(iter(self._deployments()), None)
        fits = newest and newest.get("description") == fingerprint and newest["id"] != self.ids.deployment
        return str(newest["id"]) if newest and fits else None

    def _models(self, wanted: Mapping[str, Model]) -> None:
        live = {model.name: model for model in self.live.models}
        for name, model in wanted.items():
            if name not in live:
                self.gateway.create_model(
                    restApiId=self.api_id, name=name, schema=model.schema, contentType=TEMPLATE_TYPE
                )
            elif live[name] != model:
                patch = [{"op": "replace", "path": "/schema", "value": model.schema}]
                self.gateway.update_model(restApiId=self.api_id, modelName=name, patchOperations=patch)

    def _authorizers(self, wanted: tuple[Authorizer, ...]) -> dict[str, str]:
        """The id of each declared authorizer by its pool; an authorizer with other settings is replaced."""
        held = {authorizer: at for at, authorizer in self.ids.authorizers.items() if at not in self.live.duplicates}
        return {str(each.pool): held.get(each) or self._new_authorizer(each) for each in wanted}

    def _new_authorizer(self, authorizer: Authorizer) -> str:
        made = self.gateway.create_authorizer(
            restApiId=self.api_id,
            name=f"cognito-{hashlib.sha256(repr(authorizer).encode()).hexdigest()[:8]}",
            type="COGNITO_USER_POOLS",
            providerARNs=[str(authorizer.pool)],
            identitySource=f"method.request.header.{authorizer.header}",
            authorizerResultTtlInSeconds=authorizer.ttl,
        )
        return str(made["id"])

    def _methods(self, wanted: Mapping[str, Method], authorizers: Mapping[str, str]) -> None:
        live = {method.key: method for method in self.live.methods}
        # While another authorizer exists, the pool of a method does not identify its authorizer.
        unsure = self.ids.authorizers.keys() != set(authorizers.values())
        for key, method in wanted.items():
            if live.get(key) != method or (method.pool and unsure):
                if key in live:
                    self._delete_method(live[key])
                self._put_method(method, authorizers)
        for key in live.keys() - wanted.keys():
            self._delete_method(live[key])

    def _put_method(self, method: Method, authorizers: Mapping[str, str]) -> None:
        at = {"restApiId": self.api_id, "resourceId": self._resource(method.path), "httpMethod": method.verb}
        authorization: dict[str, Any] = {"authorizationType": "NONE"}
        if method.pool:
            authorization = {
                "authorizationType": "COGNITO_USER_POOLS",
                "authorizerId": authorizers[str(method.pool)],
            }
        validation: dict[str, Any] = {}
        if method.models:
            validation = {"requestModels": dict(method.models), "requestValidatorId": self._validator()}
        self.gateway.put_method(**at, **authorization, **validation)
        if method.preflight:
            self._answer_preflight(at, method.preflight)
        else:
            path = f"2015-03-31/functions/{method.function}/invocations"
            uri = f"arn:aws:apigateway:{self.target.region}:lambda:path/{path}"
            self.gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    def _answer_preflight(self, at: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """API Gateway answers a preflight request itself, by a mock integration."""
        values = {PREFLIGHT_HEADER + header: f"'{value}'" for header, value in headers.items()}
        self.gateway.put_integration(**at, type="MOCK", requestTemplates=PREFLIGHT_TEMPLATES)
        self.gateway.put_method_response(
            **at,
            statusCode=NO_CONTENT,
            responseParameters=dict.fromkeys(values, False),
        )
        self.gateway.put_integration_response(**at, statusCode=NO_CONTENT, responseParameters=values)

    def _delete_method(self, method: Method) -> None:
        with absent_is_done("NotFoundException"):
            self.gateway.delete_method(
                restApiId=self.api_id, resourceId=self.resources[method.path], httpMethod=method.verb
            )

    def _resource(self, path: str) -> str:
        """The id of the resource at ``path``; created with its parents where it is missing."""
        if path not in self.resources:
            parent, _, part = path.rpartition("/")
            made = self.gateway.create_resource(
                restApiId=self.api_id, parentId=self._resource(parent or "/"), pathPart=part
            )
            self.resources[path] = made["id"]
        return self.resources[path]

    def _validator(self) -> str:
        if VALIDATOR in self.ids.validators:
            return self.ids.validators[VALIDATOR]
        made = self.gateway.create_request_validator(
            restApiId=self.api_id, name=VALIDATOR, validateRequestBody=True, validateRequestParameters=False
        )
        self.ids = type(self.ids)(
            self.ids.resources, self.ids.authorizers, {VALIDATOR: made["id"]}, self.ids.deployment
        )
        return str(made["id"])

    def _remove_unused(self, props: RestApiProps, authorizers: frozenset[str]) -> None:
        """Remove unused resources (leaf first), models and authorizers, and duplicate validators."""
        wanted = {"/"} | {path for method in props.methods for path in _with_parents(method.path)}
        for path in sorted(self.resources.keys() - wanted, key=lambda each: -each.count("/")):
            self.gateway.delete_resource(restApiId=self.api_id, resourceId=self.resources.pop(path))
        for model in {each.name for each in self.live.models} - {each.name for each in props.models}:
            self.gateway.delete_model(restApiId=self.api_id, modelName=model)
        for authorizer in self.ids.authorizers.keys() - authorizers:
            self.gateway.delete_authorizer(restApiId=self.api_id, authorizerId=authorizer)
        for validator in set(self.live.duplicates) - self.ids.authorizers.keys():
            self.gateway.delete_request_validator(restApiId=self.api_id, requestValidatorId=validator)

    def _responses(self, wanted: Mapping[str, GatewayResponse]) -> None:
        live = {response.type: response for response in self.live.responses}
        for kind, response in wanted.items():
            if live.get(kind) != response:
                self.gateway.put_gateway_response(
                    restApiId=self.api_id,
                    responseType=kind,
                    statusCode=response.status,
                    responseTemplates={TEMPLATE_TYPE: response.template},
                    responseParameters={RESPONSE_HEADER + key: f"'{value}'" for key, value in response.headers.items()},
                )
        for kind in live.keys() - wanted.keys():
            self.gateway.delete_gateway_response(restApiId=self.api_id, responseType=kind)


def delete_api(target: Target, api_id: str) -> None:
    """Delete an API with its parts. API Gateway lets an account delete one API every 30 seconds."""
    gateway = target.client("apigateway")
    with absent_is_done("NotFoundException"):
        retry_on(
            frozenset({"TooManyRequestsException"}),
            "",
            lambda: gateway.delete_rest_api(restApiId=api_id),
            seconds=90,
        )


def _with_parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: length + 1]) for length in range(len(parts))]
