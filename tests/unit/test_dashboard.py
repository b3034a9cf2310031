"""The dashboard: its body keeps CloudWatch's rules, and every number of the API is drawn."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from stack.cli.dashboard_command import console
from stack.dashboard.board import Board, document
from stack.dashboard.body import Alarms, Chart, Place, widgets
from stack.dashboard.chart import draw, runs
from stack.dashboard.cost import Cost, sentence
from stack.dashboard.page import page
from stack.dashboard.picture import picture, png
from stack.dashboard.scale import short, ticks
from stack.dashboard.server import server
from stack.dashboard.theme import DARK, LIGHT, Theme
from stack.dashboard.values import Points, Values, period_of
from stack.errors import StackError
from stack.target.target_kind import TargetKind
from stack.topology.options import Options
from stack.topology.topology import topology
from tests.unit.test_topology import target

END = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
STATISTICS = re.compile(r"Sum|Average|Maximum|p[0-9]{1,2}")
EMULATED = {"AWS/ApiGateway", "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB", "ExpenseTracker"}


def body(kind: TargetKind = TargetKind.LOCAL) -> dict[str, Any]:
    declared = topology(target(kind), Options(web_origin="https://app.example"))
    (dashboard,) = (each for each in declared if each.kind == "dashboard")
    found: dict[str, Any] = json.loads(dashboard.props.body)
    return found


def board(points: Points = ()) -> Board:
    """The declared dashboard with ``points`` on every line."""
    found = widgets(json.dumps(body()))
    charts = [each for each in found if isinstance(each, Chart)]
    names = [name for each in found if isinstance(each, Alarms) for name in each.names]
    values = Values(
        END - timedelta(hours=1),
        END,
        {chart: (points,) * len(chart.lines) for chart in charts},
        dict.fromkeys(charts, 60),
        dict.fromkeys(names, "OK"),
    )
    return Board("expenses-main", found, values, None)


def minutes(**values: float) -> Points:
    return tuple((END - timedelta(minutes=int(name[1:])), value) for name, value in values.items())


@pytest.mark.parametrize("kind", list(TargetKind), ids=str)
def test_the_body_keeps_the_rules_of_cloudwatch(kind: TargetKind) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    found = body(kind)
    assert found.keys() <= {"start", "end", "periodOverride", "widgets", "variables"}
    assert re.fullmatch(r"-P(T\d+[HM]|\d+[DW])", found["start"])
    assert found["periodOverride"] in {"auto", "inherit"}
    assert 0 < len(found["widgets"]) <= 499
    for widget in found["widgets"]:
        assert widget.keys() == {"type", "x", "y", "width", "height", "properties"}
        assert 0 <= widget["x"] <= 23
        assert 1 <= widget["width"] <= 24 - widget["x"]
        assert 1 <= widget["height"] <= 1000
        assert widget["y"] >= 0
        CHECKS[widget["type"]](widget["properties"])


def metric(properties: dict[str, Any]) -> None:
    known = {"title", "view", "region", "period", "metrics", "yAxis", "annotations", "stat", "stacked", "legend"}
    assert properties.keys() <= known
    assert properties["view"] in {"timeSeries", "singleValue", "gauge", "bar", "pie"}
    assert properties["period"] % 60 == 0
    assert 0 < len(properties["metrics"]) <= 500
    for row in properties["metrics"]:
        settings = row[-1]
        assert settings.keys() <= {"stat", "label", "color", "period", "yAxis", "visible", "id", "region"}
        assert STATISTICS.fullmatch(settings["stat"])
        assert re.fullmatch(r"#[0-9a-f]{6}", settings.get("color", "#000000"))
        assert len(row) % 2 == 1, "a namespace, a name, pairs of dimensions, and the settings"
        assert row[0] in EMULATED


def alarm(properties: dict[str, Any]) -> None:
    assert properties.keys() <= {"title", "alarms", "sortBy", "states"}
    assert 0 < len(properties["alarms"]) <= 100
    assert all(re.fullmatch(r"arn:aws:cloudwatch:[^:]+:\d{12}:alarm:[^:]+", each) for each in properties["alarms"])


def text(properties: dict[str, Any]) -> None:
    assert properties.keys() <= {"markdown", "background"}
    assert len(properties["markdown"]) <= 30_000


CHECKS = {"metric": metric, "alarm": alarm, "text": text}


def test_no_two_widgets_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for each in body()["widgets"]:
        cells = {(each["x"] + x, each["y"] + y) for x in range(each["width"]) for y in range(each["height"])}
        assert not taken & cells
        taken |= cells


def test_every_alarm_of_the_stack_is_on_the_dashboard_and_nothing_of_users() -> None:
    declared = topology(target(TargetKind.LOCAL), Options(web_origin="https://app.example"))
    (shown,) = (each["properties"]["alarms"] for each in body()["widgets"] if each["type"] == "alarm")
    names = {each.name for each in declared if each.kind == "alarm"}
    assert {arn.rpartition(":")[2] for arn in shown} == names
    dimensions = {name for each in board().charts for line in each.lines for name, _ in line.dimensions}
    assert dimensions <= {
        "ApiName",
        "Stage",
        "FunctionName",
        "QueueName",
        "TableName",
        "Operation",
        "service",
        "operation",
    }


def test_only_the_dashboard_on_aws_links_to_the_console() -> None:
    assert "console.aws.amazon.com" in json.dumps(body(TargetKind.AWS))
    assert "console.aws.amazon.com" not in json.dumps(body())
    assert console(target(TargetKind.AWS), "d").startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/")


def test_a_point_stands_for_the_dimension_above() -> None:
    rows = [["N", "m", "A", "1", "B", "2"], [".", "other", ".", ".", "B", "3", {"stat": "p99", "label": "x"}]]
    properties = {"metrics": rows, "stat": "Sum", "period": 60, "title": "t"}
    found = {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}]}
    (chart,) = widgets(json.dumps(found))
    assert isinstance(chart, Chart)
    assert [line.dimensions for line in chart.lines] == [(("A", "1"), ("B", "2")), (("A", "1"), ("B", "3"))]
    assert [(line.metric, line.statistic, line.label) for line in chart.lines] == [
        ("m", "Sum", "m"),
        ("other", "p99", "x"),
    ]


@pytest.mark.parametrize(
    "widget",
    [
        {"type": "metric", "properties": {"metrics": [[{"expression": "m1*2"}]]}},
        {"type": "log", "properties": {"query": "fields @message"}},
    ],
)
def test_a_widget_that_cannot_be_drawn_is_refused_in_a_sentence(widget: dict[str, Any]) -> None:
    with pytest.raises(StackError, match=r"^Cannot draw .*\. Delete it"):
        widgets(json.dumps({"widgets": [{**widget, "x": 0, "y": 0, "width": 6, "height": 6}]}))


def test_a_line_breaks_where_a_minute_has_no_data() -> None:
    points = minutes(m9=1, m8=2, m5=3, m2=1, m1=1)
    assert [len(run) for run in runs(points, 60)] == [2, 1, 2]
    assert [len(run) for run in runs(points, 300)] == [5]


def test_every_value_is_drawn_and_stands_in_the_table_and_the_document() -> None:
    values = {"m9": 0.0, "m8": 1234.5, "m3": 7.25}
    shown = board(minutes(**values))
    html, found = page(shown), document(shown)
    lines = sum(len(chart.lines) for chart in shown.charts)
    assert [len(re.findall(rf'data-value="{value!r}"', html)) for value in values.values()] == [lines] * 3
    assert html.count("<td>1,234.5</td>") == lines
    assert html.count("<polyline") == 2 * lines
    drawn = [value for chart in found["charts"] for line in chart["lines"] for _, value in line["values"]]
    assert drawn == list(values.values()) * lines


def test_without_metrics_each_chart_says_so() -> None:
    shown = board()
    assert page(shown).count("no data yet") == len(shown.charts)
    assert sentence(None) in page(shown)


def test_the_cost_names_its_parts() -> None:
    assert sentence(Cost(1200, 0.0035, 0.0004, 0.002)) == (
        "Cost of a thousand requests: $0.0059 (API Gateway $0.0035, Lambda $0.0004, DynamoDB $0.0020), from 1,200 "
        "requests at AWS's list prices."
    )
    assert sentence(Cost(99, 0.0035, 0.1643, 1.7938)).endswith("not computed before there are 100 requests.")
    assert "DynamoDB not reported)" in sentence(Cost(1200, 0.0035, 0.0004, None))


def test_alarms_are_shown_by_the_names_that_a_drill_takes_those_that_fire_first() -> None:
    of = board()
    states = {"expenses-refusals": "OK", "expenses-throttles": "ALARM", "expenses-errors-public": "INSUFFICIENT_DATA"}
    values = dataclasses.replace(of.values, states=states)
    alarms = Alarms(Place(0, 0, 24, 3), "Alarms", tuple(states))
    shown = dataclasses.replace(of, widgets=(alarms,), values=values, prefix="expenses-")
    assert [name for name, _ in shown.states] == ["throttles", "errors-public", "refusals"]
    assert "throttles: ALARM" in page(shown)
    assert ">throttles</text>" in picture(shown)


class Balanced(HTMLParser):
    """Counts the elements that are open."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_has_both_themes_and_no_script() -> None:
    html = page(board(minutes(m5=1)), 10)
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert "prefers-color-scheme:dark" in html
    assert LIGHT.page in html
    assert DARK.page in html
    assert "<script" not in html
    assert 'http-equiv="refresh" content="10"' in html


def test_a_title_with_markup_is_text() -> None:
    properties = {"metrics": [["N", "m", {"label": "<b>&"}]], "title": "<script>", "period": 60}
    found = {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}]}
    (chart,) = widgets(json.dumps(found))
    assert isinstance(chart, Chart)
    values = Values(END - timedelta(hours=1), END, {chart: ((),)}, {chart: 60}, {})
    drawn = draw(chart, values, 480, 276)
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "&lt;b&gt;&amp;" in drawn


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_picture_is_a_png(theme: Theme) -> None:
    shown = picture(board(minutes(m5=1, m4=2)), theme)
    assert png(shown).startswith(b"\x89PNG")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_are_readable_and_lines_visible(theme: Theme) -> None:
    """WCAG 2.2: 4.5 to 1 for text, 3 to 1 for graphics."""
    assert all(contrast(each, theme.card) >= 4.5 for each in (theme.text, theme.faint))
    assert all(contrast(each, theme.page) >= 4.5 for each in (theme.text, theme.faint))
    assert all(contrast(each, theme.card) >= 3 for each in (*theme.lines, theme.good, theme.bad, theme.unknown))


def contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("most", "whole", "expected"),
    [
        (1, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (0.9, False, [0, 0.25, 0.5, 0.75, 1.0]),
        (170, True, [0, 50, 100, 150, 200]),
    ],
)
def test_an_axis_has_round_values(most: float, whole: bool, expected: list[float]) -> None:
    assert ticks(most, whole=whole) == expected


def test_numbers_are_short() -> None:
    assert [short(each) for each in (0, 0.125, 12.34, 1234, 2_500_000)] == ["0", "0.125", "12.3", "1.23k", "2.5M"]


def test_a_longer_time_has_longer_periods() -> None:
    assert [period_of(60, hours * 3600) for hours in (1, 3, 12, 24, 24 * 7)] == [60, 60, 300, 900, 3600]
    assert period_of(300, 3600) == 300


def test_the_server_answers_this_machine_alone_and_a_failure_in_a_sentence() -> None:
    broken: list[StackError] = []

    def html() -> str:
        if broken:
            raise broken[0]
        return "<p>fresh"

    with server(html) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{serving.server_port}/"
        answer = httpx.get(url)
        assert (answer.status_code, answer.text) == (200, "<p>fresh")
        assert "script-src" not in answer.headers["content-security-policy"]
        assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 403
        assert httpx.get(f"{url}other").status_code == 404
        broken.append(StackError("Cannot read it."))
        assert (httpx.get(url).status_code, httpx.get(url).text) == (503, "Cannot read it.")
        serving.shutdown()
