"""API Gateway REST APIs, whole: resources, methods, models, authorizer, refusals, deployment and stage.

An API's name is not unique in AWS, so an API is found by its name *and* owner tag. The deployment that the stage
serves carries, as its description, the fingerprint of the definition it froze: "somebody forgot to deploy" is
therefore a difference like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stack.engine.kind import Kind
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.errors import Overtaken
from stack.kinds.duplicates import age, only_one
from stack.kinds.rest_api.props import RestApiProps
from stack.kinds.rest_api.reading import Reading, read
from stack.kinds.rest_api.writing import Writer, delete_api
from stack.kinds.together import together

STAGE = "v1"


class RestApi(Kind[RestApiProps]):
    name = "rest_api"

    def read(self, name: str) -> Live[RestApiProps] | None:
        api, twins = self._found(name)
        if not api:
            return None
        tags, reading = together(lambda: self.tags(api["id"]), lambda: self._reading(api))
        owner, applied = read_stamp(tags)
        outputs = {"id": api["id"], "url": self.target.api_url(api["id"], STAGE)}
        props = replace(reading.props, twins=(*twins, *reading.props.twins))
        return Live(name, props, outputs, owner, applied)

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
            raise Overtaken(f"another run made REST API {desired.name} ({first['id']}) at the same time")
        self._bring(api, desired)

    def update(self, live: Live[RestApiProps], desired: Desired[RestApiProps], changed: frozenset[str]) -> None:
        del changed
        api, twins = self._found(live.name)
        if not api:
            raise Overtaken(f"REST API {live.name} vanished while it was being changed")
        for twin_id in twins:
            delete_api(self.target, twin_id)
        if api.get("description", "") != desired.props.description:
            patch = [{"op": "replace", "path": "/description", "value": desired.props.description}]
            self._gateway.update_rest_api(restApiId=api["id"], patchOperations=patch)
        self._bring(api, desired)

    def delete(self, live: Live[RestApiProps]) -> None:
        _, twins = self._found(live.name)
        for api_id in (*twins, live.outputs["id"]):
            delete_api(self.target, api_id)

    def stamp(self, live: Live[RestApiProps], tags: Mapping[str, str]) -> None:
        self._gateway.tag_resource(resourceArn=self._arn(live.outputs["id"]), tags=dict(tags))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        yield from (api["name"] for api in self._all() if api["name"].startswith(prefix))

    def tags(self, api_id: str) -> Mapping[str, str]:
        """The tags of an API as they are now; a listing may show those of an earlier moment."""
        tags: Mapping[str, str] = self._gateway.get_tags(resourceArn=self._arn(api_id))["tags"]
        return tags

    @property
    def _gateway(self) -> Any:
        return self.target.client("apigateway")

    def _arn(self, api_id: str) -> str:
        return f"arn:aws:apigateway:{self.target.region}::/restapis/{api_id}"

    def _all(self) -> Iterable[Any]:
        for page in self._gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 500}):
            yield from page["items"]

    def _found(self, name: str) -> tuple[Any, tuple[str, ...]]:
        """The API that is meant by ``name``, or None, and the ids of its twins."""
        named = [api for api in self._all() if api["name"] == name]
        ours = [
            api for api in named if (owner := read_stamp(api.get("tags") or {})[0]) and owner.stack == self.target.stack
        ]
        if not named:
            return None, ()
        ids = ", ".join(api["id"] for api in ours)
        api, twins = only_one(
            ours or named[:1],
            lambda api: bool(read_stamp(self.tags(api["id"]))[1]),
            lambda api: age(api.get("createdDate"), api["id"]),
            f"{len(ours)} REST APIs named {name} carry our tag: {ids}",
        )
        return api, tuple(twin["id"] for twin in twins)

    def _reading(self, api: Any) -> Reading:
        return read(self.target, api["id"], api.get("description", ""), STAGE)

    def _bring(self, api: Any, desired: Desired[RestApiProps]) -> None:
        reading = self._reading(api)
        writer = Writer(self.target, api["id"], reading)
        writer.define(desired.props)
        if reading.props.definition != desired.props.definition or reading.props.deployed != desired.props.deployed:
            writer.serve(desired.props, {})
        elif reading.props.stage != desired.props.stage and reading.ids.deployment:
            writer.stage(desired.props.stage, {}, reading.ids.deployment)
        writer.permit(tuple(str(name) for name in desired.props.invokes))
