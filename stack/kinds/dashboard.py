"""CloudWatch dashboards: an account has one list of them for all regions, so a name needs ``Target.regional``.

Not every target keeps the tags of a dashboard, so its last widget carries the owner and the stamp: one call writes body
and stamp together. CloudWatch keeps a body as it is sent; it is compared as JSON, without that widget.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.engine.compare import digest
from stack.engine.kind import Grant
from stack.engine.limits import Limit
from stack.engine.model import Desired, Live, Owner
from stack.engine.stamps import read_stamp
from stack.errors import absent_is_done, absent_is_none
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import Described

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

ABSENT = ("DashboardNotFoundError", "ResourceNotFound", "ResourceNotFoundException", "InvalidParameterValue")
"""The codes of a missing dashboard; the last is LocalStack's, and AWS's for a name that ``name_pattern`` excludes."""
DASHBOARDS = ("arn:aws:cloudwatch::{account}:dashboard/{stack}-*",)
MARK = re.compile(r"stack=(?P<stack>\S+) region=(?P<region>\S*) address=(?P<address>\S+) applied=(?P<applied>\S+)")
MOST_WIDGETS = 499
"""CloudWatch's limit of 500, without the widget of the owner."""


@dataclass(frozen=True, slots=True)
class DashboardProps:
    """``body`` is the dashboard's JSON document, with a list ``widgets``; ``dashboard_body`` makes its one spelling.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    body: str


def dashboard_body(document: Mapping[str, Any]) -> str:
    """A dashboard's document in canonical form."""
    return json.dumps(document, sort_keys=True)


def _is_body(text: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(document.get("widgets"), list)


def _fits(text: str) -> bool:
    return not _is_body(text) or len(json.loads(text)["widgets"]) <= MOST_WIDGETS


class Dashboard(AwsKind[DashboardProps]):
    name = "dashboard"
    service = "cloudwatch"
    name_pattern = r"[A-Za-z0-9_-]{1,255}"
    limits = (
        Limit("body", "is a JSON object with a list of widgets", _is_body),
        Limit("body", "has at most 499 widgets", _fits),
    )
    described = (Described("GetDashboard", compared="DashboardBody", identity="DashboardArn DashboardName"),)
    grants = (
        Grant("Dashboards", "cloudwatch", "DeleteDashboards GetDashboard PutDashboard", DASHBOARDS),
        Grant("ListDashboards", "cloudwatch", "ListDashboards"),
        Grant("EachDashboard", "cloudwatch", "DeleteDashboards GetDashboard PutDashboard", emulator_only=True),
    )

    @absent_is_none(*ABSENT)
    def read(self, name: str) -> Live[DashboardProps] | None:
        body = json.loads(self._cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        widgets = list(body.get("widgets", []))
        mark = MARK.fullmatch(_text(widgets[-1])) if widgets else None
        props = DashboardProps(dashboard_body({**body, "widgets": widgets[:-1] if mark else widgets}))
        owner = Owner(mark["stack"], mark["address"], mark["region"]) if mark else None
        return Live(name, props, {"name": name}, owner, mark["applied"] if mark else None)

    def create(self, desired: Desired[DashboardProps], tags: Mapping[str, str]) -> None:
        self._put(desired, read_stamp(tags)[0])

    def update(self, live: Live[DashboardProps], desired: Desired[DashboardProps], changed: frozenset[str]) -> None:
        del changed
        self._put(desired, live.owner)

    def delete(self, live: Live[DashboardProps]) -> None:
        with absent_is_done(*ABSENT):
            self._cloudwatch.delete_dashboards(DashboardNames=[live.name])

    def stamp(self, live: Live[DashboardProps], tags: Mapping[str, str]) -> None:
        """Do nothing: the call that writes the body carries the stamp."""

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        for page in self._cloudwatch.get_paginator("list_dashboards").paginate(DashboardNamePrefix=prefix):
            yield from (entry["DashboardName"] for entry in page["DashboardEntries"])

    @property
    def _cloudwatch(self) -> CloudWatchClient:
        client: CloudWatchClient = self.target.client("cloudwatch")
        return client

    def _put(self, desired: Desired[DashboardProps], owner: Owner | None) -> None:
        document = json.loads(desired.props.body)
        widgets = list(document["widgets"])
        if owner:
            whose = f"stack={owner.stack} region={owner.region} address={owner.address}"
            mark = f"{whose} applied={digest(desired.props)}"
            bottom = max((each.get("y", 0) + each.get("height", 6) for each in widgets), default=0)
            text = {"type": "text", "properties": {"markdown": mark}}
            widgets.append({**text, "x": 0, "y": bottom, "width": 24, "height": 1})
        body = dashboard_body({**document, "widgets": widgets})
        self._cloudwatch.put_dashboard(DashboardName=desired.name, DashboardBody=body)


def _text(widget: Any) -> str:
    return str(widget.get("properties", {}).get("markdown", ""))
