"""Lambda layers: immutable, numbered versions under one name.

A version cannot carry tags, so its description holds the owner and the stamp, from its creation. Lambda lists the
layers of one region, so the description needs no region. Its ``content`` is the fingerprint of its *sources* (the
locked packages, the Python, the platform): the zip is built only when that changes. The previous version is kept, for
functions that still refer to it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.compare import digest
from stack.engine.kind import Grant
from stack.engine.model import Desired, Live, Owner
from stack.engine.stamps import read_stamp
from stack.errors import Conflict
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import Described

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

DESCRIPTION = re.compile(r"stack=(?P<stack>\S+) address=(?P<address>\S+) content=(?P<content>\S+)")


LAYERS = ("arn:aws:lambda:{region}:{account}:layer:{stack}-*",)


@dataclass(frozen=True, slots=True)
class LayerProps:
    """``content`` is the fingerprint of the layer's sources."""

    content: str
    runtime: str
    architecture: str


class Layer(AwsKind[LayerProps]):
    name = "layer"
    service = "lambda"
    name_pattern = r"[A-Za-z0-9_-]{1,140}"
    grants = (
        Grant("Layers", "lambda", "DeleteLayerVersion GetLayerVersion PublishLayerVersion", LAYERS),
        Grant("ListLayers", "lambda", "ListLayerVersions ListLayers"),
    )
    described = (
        Described(
            "ListLayerVersions",
            "LayerVersions",
            compared="Description CompatibleArchitectures CompatibleRuntimes",
            identity="LayerVersionArn Version CreatedDate",
            ignored={"LicenseInfo": "a version is immutable, and ours are published without it"},
        ),
    )
    update_changes_outputs = True

    def read(self, name: str) -> Live[LayerProps] | None:
        versions = self._versions(name)
        if not versions:
            return None
        published = self._published(versions)
        latest = _first_of_its_content(published) if published else versions[0]
        parsed = DESCRIPTION.fullmatch(latest.get("Description", ""))
        props = LayerProps(
            content=parsed["content"] if parsed else "",
            runtime=", ".join(latest.get("CompatibleRuntimes", [])),
            architecture=", ".join(latest.get("CompatibleArchitectures", [])),
        )
        owner = Owner(parsed["stack"], parsed["address"], self.target.region) if parsed else None
        return Live(name, props, {"arn": latest["LayerVersionArn"]}, owner, digest(props) if parsed else None)

    def create(self, desired: Desired[LayerProps], tags: Mapping[str, str]) -> None:
        self._publish(desired, read_stamp(tags)[0])

    def update(self, live: Live[LayerProps], desired: Desired[LayerProps], changed: frozenset[str]) -> None:
        del changed
        self._publish(desired, live.owner)
        self._delete(live.name, self._published(self._versions(live.name))[2:])

    def delete(self, live: Live[LayerProps]) -> None:
        self._delete(live.name, self._published(self._versions(live.name)))

    def stamp(self, live: Live[LayerProps], tags: Mapping[str, str]) -> None:
        """Do nothing: the one call that publishes a version carries its stamp."""

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        for page in self._lambda.get_paginator("list_layers").paginate():
            yield from (layer["LayerName"] for layer in page["Layers"] if layer["LayerName"].startswith(prefix))

    @property
    def _lambda(self) -> LambdaClient:
        client: LambdaClient = self.target.client("lambda")
        return client

    def _versions(self, name: str) -> list[Any]:
        pages = self._lambda.get_paginator("list_layer_versions").paginate(LayerName=name)
        found = [version for page in pages for version in page["LayerVersions"]]
        return sorted(found, key=lambda each: -each["Version"])

    def _published(self, versions: Iterable[Any]) -> list[Any]:
        """The versions that this stack published; others may publish under the same name."""
        parsed = ((version, DESCRIPTION.fullmatch(version.get("Description", ""))) for version in versions)
        return [version for version, tags in parsed if tags and tags["stack"] == self.target.stack]

    def _delete(self, name: str, versions: Iterable[Any]) -> None:
        for version in versions:
            self._lambda.delete_layer_version(LayerName=name, VersionNumber=version["Version"])

    def _publish(self, desired: Desired[LayerProps], owner: Owner | None) -> None:
        props = desired.props
        description = f"stack={owner.stack} address={owner.address} content={props.content}" if owner else ""
        made = self._lambda.publish_layer_version(
            LayerName=desired.name,
            Description=description,
            Content={"ZipFile": desired.build()},
            CompatibleRuntimes=[props.runtime],  # type: ignore[list-item]  # a newer runtime than the stubs know
            CompatibleArchitectures=[props.architecture],  # type: ignore[list-item]
        )
        first = _first_of_its_content(self._published(self._versions(desired.name)))
        if first["Version"] != made["Version"]:
            self._delete(desired.name, [made])
            raise Conflict(f"another run published {first['LayerVersionArn']} at the same time")


def _first_of_its_content(versions: Sequence[Any]) -> Any:
    """The first version with the latest content, on which two runs at once agree. ``versions``: the latest first."""

    def made_of(version: Any) -> tuple[Any, ...]:
        return tuple(version.get(each) for each in ("Description", "CompatibleRuntimes", "CompatibleArchitectures"))

    same = itertools.takewhile(lambda each: made_of(each) == made_of(versions[0]), versions)
    return list(same)[-1]
