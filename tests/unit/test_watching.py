"""The alarms as declared: each has a reason, advice and a section of the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stack.target.target_kind import TargetKind
from stack.topology.functions import specs
from stack.topology.options import Options
from stack.topology.topology import topology
from stack.topology.watching.alarm_list import AlarmSpec, alarm_specs
from stack.topology.watching.metrics import FUNCTIONS
from tests.unit.test_topology import target

PROJECT = Path(__file__).parents[2]
RUNBOOK = (PROJECT / "docs/runbook.md").read_text()
LOCAL = target(TargetKind.LOCAL)
ALARMS = {each.key: each for each in alarm_specs(LOCAL)}


def sections() -> dict[str, str]:
    """The text of each section of an alarm, by its anchor."""
    parts = re.split(r"(?m)^### (\S+)$", RUNBOOK)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_alarm_has_a_section_of_the_runbook_and_each_section_an_alarm() -> None:
    assert set(sections()) == {each.anchor for each in ALARMS.values()}
    for text in sections().values():
        assert re.findall(r"(?m)^- \*\*(\w+):\*\*", text) == ["Means", "Look", "Do", "Worked"]


def test_each_link_within_the_runbook_leads_to_a_section() -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)) <= set(sections())


def test_the_runbook_tells_what_the_alarms_cost() -> None:
    assert f"{len(ALARMS)} alarms, ${len(ALARMS) / 10:.2f}" in RUNBOOK


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda each: each.key)
def test_an_alarm_says_what_it_means_what_to_do_and_why_its_threshold(alarm: AlarmSpec) -> None:
    for sentence in (alarm.meaning, alarm.advice, alarm.reason):
        assert sentence.endswith(".")
        assert "  " not in sentence
    assert alarm.description.endswith(f"Runbook: docs/runbook.md#{alarm.anchor}")
    assert len(alarm.description) <= 1024
    assert alarm.datapoints <= alarm.periods


def test_every_alarm_notifies_the_topic_when_it_fires_and_when_it_recovers() -> None:
    declared = [each for each in topology(LOCAL, Options(web_origin="x")) if each.kind == "alarm"]
    assert len(declared) == len(ALARMS)
    assert {str(action) for each in declared for action in each.props.actions} == {"${topic.alarms.arn}"}


def test_every_function_has_an_alarm_on_its_errors() -> None:
    keys = {each.key for each in specs(LOCAL, Options(web_origin="x"))}
    assert keys == set(FUNCTIONS)
    assert {f"errors_{key}" for key in keys} <= ALARMS.keys()


def test_the_address_of_the_options_is_subscribed() -> None:
    for email in ("", "ops@example.com"):
        declared = topology(LOCAL, Options(web_origin="x", alarm_email=email))
        assert [each.props.email for each in declared if each.kind == "topic"] == [email]
