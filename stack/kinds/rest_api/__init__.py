"""API Gateway REST APIs with all parts: resources, methods, models, authorizers, gateway responses, deployment, stage.

AWS does not keep the names of APIs unique: an API is found by its name *and* owner tag. The description of the stage's
deployment is the fingerprint of the definition at that time, so a definition that was never deployed is a difference
like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from handlers.contract.names import STAGE
from stack.engine.kind import Grant
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.errors import Conflict
from stack.kinds.aws_kind import AwsKind
from stack.kinds.duplicates import age, keep_one
from stack.kinds.rest_api.answers import (
    API,
    AUTHORIZERS,
    DEPLOYMENT,
    METHOD_SETTINGS,
    METHODS,
    MODELS,
    RESPONSES,
    STAGES,
    VALIDATORS,
)
from stack.kinds.rest_api.props import LIMITS, RestApiProps
from stack.kinds.rest_api.reading import PERMISSION, Reading, read
from stack.kinds.rest_api.writing import Writer, delete_api
from stack.kinds.together import together
from stack.target import account_role

APIS = tuple(f"arn:aws:apigateway:{{region}}::/{path}" for path in ("account", "restapis", "restapis/*", "tags/*"))


class RestApi(AwsKind[RestApiProps]):
    name = "rest_api"
    service = "apigateway"
    name_pattern = r".{1,255}"
    limits = LIMITS
    described = (
        API,
        METHODS,
        AUTHORIZERS,
        MODELS,
        VALIDATORS,
        RESPONSES,
        STAGES,
        METHOD_SETTINGS,
        DEPLOYMENT,
    )
    grants = (Grant("Api", "apigateway", "DELETE GET PATCH POST PUT", APIS),)

    def read(self, name: str) -> Live[RestApiProps] | None:
        api, duplicates = self._found(name)
        if not api:
            return None
        tags, reading = together(lambda: self.tags(api["id"]), lambda: self._reading(api))
        owner, applied = read_stamp(tags)
        props = replace(reading.props, duplicates=(*duplicates, *reading.props.duplicates))
        return Live(name, props, self._outputs(api), owner, applied)

    def outputs(self, name: str) -> Mapping[str, str] | None:
        api, _ = self._found(name)
        return self._outputs(api) if api else None

    def create(self, desired: Desired[RestApiProps], tags: Mapping[str, str]) -> None:
        api = self._gateway.create_rest_api(
            name=desired.name,
            description=desired.props.description,
            endpointConfiguration={"types": ["REGIONAL"]},
            tags={**tags, **self.target.pinned_id(desired.name)},
        )
        first, _ = self._found(desired.name)
        if first and first["id"] != api["id"]:
            delete_api(self.target, api["id"])
            raise Conflict(f"another run created REST API {desired.name} ({first['id']}) at the same time")
        self._bring(api, desired)

    def update(self, live: Live[RestApiProps], desired: Desired[RestApiProps], changed: frozenset[str]) -> None:
        del changed
        api, duplicates = self._found(live.name)
        if not api:
            raise Conflict(f"REST API {live.name} was deleted while it was being changed")
        for duplicate in duplicates:
            delete_api(self.target, duplicate)
        self._bring(api, desired)

    def delete(self, live: Live[RestApiProps]) -> None:
        _, duplicates = self._found(live.name)
        for api_id in (*duplicates, live.outputs["id"]):
            delete_api(self.target, api_id)

    def stamp(self, live: Live[RestApiProps], tags: Mapping[str, str]) -> None:
        self._gateway.tag_resource(resourceArn=self._arn(live.outputs["id"]), tags=dict(tags))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        yield from (api["name"] for api in self._all() if api["name"].startswith(prefix))

    def obstacle(self) -> str:
        return account_role.advice(self.target) if account_role.is_missing(self.target) else ""

    def tags(self, api_id: str) -> Mapping[str, str]:
        """Read the tags of an API. A listing may show an earlier state of them."""
        tags: Mapping[str, str] = self._gateway.get_tags(resourceArn=self._arn(api_id))["tags"]
        return tags

    @property
    def _gateway(self) -> Any:
        return self.target.client("apigateway")

    def _outputs(self, api: Any) -> dict[str, str]:
        return {"id": api["id"], "url": self.target.api_url(api["id"], STAGE)}

    def _arn(self, api_id: str) -> str:
        return f"arn:aws:apigateway:{self.target.region}::/restapis/{api_id}"

    def _all(self) -> Iterable[Any]:
        for page in self._gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 500}):
            yield from page["items"]

    def _found(self, name: str) -> tuple[Any, tuple[str, ...]]:
        """Return the API called ``name``, or None, with the ids of its duplicates."""
        named = [api for api in self._all() if api["name"] == name]
        owned = [
            api for api in named if (owner := read_stamp(api.get("tags") or {})[0]) and owner.stack == self.target.stack
        ]
        if not named:
            return None, ()
        ids = ", ".join(api["id"] for api in owned)
        api, duplicates = keep_one(
            owned or named[:1],
            lambda api: bool(read_stamp(self.tags(api["id"]))[1]),
            lambda api: age(api.get("createdDate"), api["id"]),
            f"{len(owned)} REST APIs named {name} carry this stack's owner tag: {ids}",
        )
        return api, tuple(each["id"] for each in duplicates)

    def _reading(self, api: Any) -> Reading:
        return read(self.target, api, STAGE)

    def _bring(self, api: Any, desired: Desired[RestApiProps]) -> None:
        reading = self._reading(api)
        writer = Writer(self.target, api["id"], reading)
        writer.describe(desired.props.description)
        writer.define(desired.props)
        # The permissions of others are no part of a deployment.
        undeclared = {each for each in reading.props.undeclared if not each.startswith(PERMISSION)}
        old = (reading.props.definition, reading.props.deployed)
        if undeclared or old != (desired.props.definition, desired.props.deployed):
            writer.serve(desired.props)
        elif reading.props.stage != desired.props.stage and reading.ids.deployment:
            writer.stage(desired.props.stage, reading.ids.deployment)
        writer.permit(tuple(str(name) for name in desired.props.invokes))
