"""``stack dashboard`` on a stack: each number drawn is the number of another call of CloudWatch's API."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stack.dashboard.body import Chart, Line, read_widgets
from stack.target.target import Target, connect
from stack.target.target_kind import TargetKind
from tests.e2e.api import Stack
from tests.e2e.conftest import run

PAST = 3 * 3600
"""Seconds; before anything that the tests measure by the way."""


@pytest.fixture
def at(stack: Stack) -> Target:
    endpoint = stack.outputs["endpoint_url"]
    return connect(TargetKind.LOCAL, stack=stack.outputs["name"], region=None, endpoint_url=endpoint)


def seeded(at: Target, charts: list[Chart]) -> None:
    """Values of each metric in the past, with gaps, so that percentiles and sums differ."""
    chance = random.Random(7)
    base = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(seconds=PAST)
    for line in {
        line.namespace + line.metric + str(line.dimensions): line for c in charts for line in c.lines
    }.values():
        data = [
            {**named(line), "Timestamp": base + timedelta(minutes=minute), "Value": chance.uniform(1, 900)}
            for minute in (1, 2, 3, 7, 8, 12)
            for _ in range(4)
        ]
        at.client("cloudwatch").put_metric_data(Namespace=line.namespace, MetricData=data)


def named(line: Line) -> dict[str, Any]:
    return {
        "MetricName": line.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in line.dimensions],
    }


def asked(at: Target, line: Line, start: datetime, end: datetime, period: int) -> dict[datetime, float]:
    """The values by GetMetricStatistics, which the dashboard does not call."""
    extended = line.statistic.startswith("p")
    which = {"ExtendedStatistics" if extended else "Statistics": [line.statistic]}
    points = at.client("cloudwatch").get_metric_statistics(
        Namespace=line.namespace, **named(line), StartTime=start, EndTime=end, Period=period, **which
    )["Datapoints"]
    return {
        point["Timestamp"]: point["ExtendedStatistics"][line.statistic] if extended else point[line.statistic]
        for point in points
    }


def test_the_numbers_drawn_are_those_of_the_api_widget_by_widget(home: Path, at: Target, tmp_path: Path) -> None:
    charts = [each for each in read_widgets(at, f"{at.stack}-main-us-east-1") if isinstance(each, Chart)]
    seeded(at, charts)
    html = tmp_path / "page.html"
    code, printed = run("dashboard", "--json", "--html", str(html), "--since", "4h", "--home", str(home))
    assert code == 0
    found, page = json.loads(printed[printed.index("{") :]), html.read_text()
    drawn_charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert [chart["title"] for chart in found["charts"]] == [chart.title for chart in charts]
    start, end = (datetime.fromisoformat(found[key]) for key in ("start", "end"))
    checked = 0
    for chart, shown, svg in zip(charts, found["charts"], drawn_charts, strict=True):
        for line, told in zip(chart.lines, shown["lines"], strict=True):
            if not line.dimensions:
                continue  # the emulator sums all functions, in answers that differ
            api = asked(at, line, start, end - timedelta(hours=2), shown["period_seconds"])
            mine = {datetime.fromisoformat(when): value for when, value in told["values"]}
            old = {when: value for when, value in mine.items() if when < end - timedelta(hours=2)}
            assert old == pytest.approx(api), (chart.title, line.label)
            checked += len(old)
            for value in mine.values():
                assert f'data-value="{value!r}"' in svg, (chart.title, line.label)
    assert checked > 100


def test_the_page_shows_the_state_of_every_alarm(stack: Stack, home: Path, tmp_path: Path) -> None:
    html = tmp_path / "page.html"
    code, printed = run("dashboard", "--json", "--html", str(html), "--home", str(home))
    assert code == 0
    shown, page = json.loads(printed[printed.index("{") :])["alarms"], html.read_text()
    assert {f"{stack.outputs['name']}-{name}" for name in shown} == set(stack.outputs["alarms"])
    assert [name for name in shown if f"{name}: " not in page] == []


@pytest.mark.usefixtures("stack")
def test_a_picture_is_written_and_a_wrong_file_is_one_sentence(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dashboard", "--png", str(tmp_path / "a.png"), "--home", str(home))[0] == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert run("dashboard", "--png", str(tmp_path / "no" / "a.png"), "--home", str(home))[0] == 1
    assert "Name a file in a folder that exists." in capsys.readouterr().err


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("since", ["1", "h", "0m", "59s", "456d", "-1h"])
def test_a_bad_duration_is_refused(home: Path, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dashboard", "--since", since, "--json", "--home", str(home))[0] != 0
    said = capsys.readouterr().err
    assert f"Cannot read '{since}' as a time" in said or "pass a --since of a minute" in said
