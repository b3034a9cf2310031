"""The widgets of a dashboard, read from its body.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stack.errors import StackError
from stack.kinds.dashboard import ABSENT, MARK

if TYPE_CHECKING:
    from stack.target.target import Target

SAME_AS_ABOVE = "."


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a widget on the grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of a chart, with its statistic. ``color`` is empty where the body names none."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    label: str
    color: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A widget of metrics. ``limits`` are the values of its horizontal annotations; ``period`` is in seconds."""

    place: Place
    title: str
    unit: str
    period: int
    lines: tuple[Line, ...]
    limits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarms:
    """A widget with the states of alarms, by name."""

    place: Place
    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A widget of Markdown."""

    place: Place
    markdown: str


Widget = Chart | Alarms | Text


def read_widgets(target: Target, name: str) -> tuple[Widget, ...]:
    """The widgets of a dashboard on ``target``, without the one that names its owner.

    Raises:
        StackError: the dashboard does not exist, or has a widget of another type.
    """
    try:
        found = target.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in ABSENT:
            raise
        raise StackError(f"Cannot read the dashboard {name}: it does not exist. Run `stack apply` first.") from error
    return widgets(found)


def widgets(body: str) -> tuple[Widget, ...]:
    """The widgets of a body."""
    found = json.loads(body).get("widgets", [])
    return tuple(_widget(each) for each in found if not MARK.fullmatch(each["properties"].get("markdown", "")))


def _widget(found: Mapping[str, Any]) -> Widget:
    place = Place(found["x"], found["y"], found["width"], found["height"])
    properties = found["properties"]
    match found["type"]:
        case "text":
            return Text(place, properties["markdown"])
        case "alarm":
            return Alarms(place, properties["title"], tuple(arn.rpartition(":")[2] for arn in properties["alarms"]))
        case "metric":
            return _chart(place, properties)
        case other:
            raise StackError(
                f"Cannot draw a widget of type {other!r}. Delete it from the dashboard with `stack apply`."
            )


def _chart(place: Place, properties: Mapping[str, Any]) -> Chart:
    limits = properties.get("annotations", {}).get("horizontal", [])
    return Chart(
        place,
        properties.get("title", ""),
        properties.get("yAxis", {}).get("left", {}).get("label", ""),
        properties.get("period", 300),
        tuple(_lines(properties)),
        tuple(each["value"] for each in limits),
    )


def _lines(properties: Mapping[str, Any]) -> Iterator[Line]:
    above: list[str] = []
    for row in properties["metrics"]:
        settings = next((each for each in row if isinstance(each, Mapping)), {})
        if "expression" in settings:
            raise StackError("Cannot draw an expression. Delete it from the dashboard with `stack apply`.")
        texts = [each for each in row if not isinstance(each, Mapping)]
        texts = [above[at] if text == SAME_AS_ABOVE else text for at, text in enumerate(texts)]
        above = texts
        yield Line(
            texts[0],
            texts[1],
            tuple(zip(texts[2::2], texts[3::2], strict=True)),
            settings.get("stat", properties.get("stat", "Average")),
            settings.get("label", texts[1]),
            settings.get("color", ""),
        )
