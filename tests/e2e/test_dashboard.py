"""The dashboard of a running stack: its page shows the numbers of CloudWatch's API, widget by widget."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Api, Stack
from tests.e2e.conftest import run
from tests.e2e.receipts import wait_until

pytestmark = pytest.mark.usefixtures("stack", "home")


def asked(stack: Stack, properties: dict[str, Any], start: datetime, end: datetime) -> list[list[float]]:
    """The values of each row of a widget, oldest first, by a question of our own for each."""
    found = []
    for namespace, name, *pairs, settings in properties["metrics"]:
        dimensions = [{"Name": of, "Value": value} for of, value in zip(pairs[::2], pairs[1::2], strict=True)]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": settings["stat"]}}
        (result,) = stack.client("cloudwatch").get_metric_data(MetricDataQueries=[query], StartTime=start, EndTime=end)[
            "MetricDataResults"
        ]
        found.append([value for _, value in sorted(zip(result["Timestamps"], result["Values"], strict=True))])
    return found


def drawn(html: str) -> list[list[float]]:
    """The values of each chart of a page, in the order in which they are drawn."""
    charts = re.findall(r"(?s)<section .*?</section>", html)
    return [[float(value) for value in re.findall(r'data-value="([^"]+)"', chart)] for chart in charts]


@pytest.fixture(scope="module")
def body(stack: Stack) -> dict[str, Any]:
    answer = stack.client("cloudwatch").get_dashboard(DashboardName=stack.outputs["dashboard_name"])
    return dict(json.loads(answer["DashboardBody"]))


def test_the_page_and_the_document_have_the_numbers_of_the_api_widget_by_widget(
    stack: Stack, home: Path, api: Api, body: dict[str, Any], tmp_path: Path
) -> None:
    api.create()
    api.get("/expenses")
    api.call("POST", "/expenses", json={})
    widgets = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    file = tmp_path / "page.html"

    def agrees() -> bool:
        """Compare; other values may come between the two questions, so not every attempt succeeds."""
        document = json.loads(run("dashboard", "--home", str(home), "--json", "--html", str(file))[1])
        start, end = (datetime.fromisoformat(document[name]) for name in ("start", "end"))
        expected = [asked(stack, each, start, end + timedelta(seconds=1)) for each in widgets]
        shown = [[[value for _, value in line["values"]] for line in each["lines"]] for each in document["charts"]]
        flat = [[value for line in each for value in line] for each in expected]
        charts = dict(zip((each["title"] for each in widgets), flat, strict=True))
        seen = all(charts[title] for title in ("Traffic", "Invocations", "Latency of creating and listing expenses"))
        return seen and shown == expected and drawn(file.read_text()) == flat

    wait_until(agrees)


def test_the_page_shows_the_state_of_every_alarm(stack: Stack, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    shown = json.loads(run("dashboard", "--home", str(home), "--json", "--html", str(file))[1])["alarms"]
    assert {f"{stack.outputs['name']}-{name}" for name in shown} == set(stack.outputs["alarms"])
    html = file.read_text()
    assert [name for name in shown if f"{name}: " not in html] == []


def test_a_picture_is_written(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    assert run("dashboard", "--home", str(home), "--png", str(file), "--since", "10m")[0] == 0
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "soon"), "is not a duration"),
        (("--since", "10s"), "is not a duration"),
        (("--html", "/no/such/folder/page.html"), "Name a file in a folder that exists."),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(
    home: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dashboard", "--home", str(home), *arguments)[0] == 1
    assert said in capsys.readouterr().err
