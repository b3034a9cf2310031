"""A clock that jumps, back or forward, stops neither metrics nor alarms."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from stack.local.environments import EMULATOR, emulator_environment

SCRIPT = """
import asyncio, json, os, pathlib, sys, time
sys.path.insert(0, {folder!r})
os.environ.update(STATE_DIR={state!r}, PERSIST_STATE="1")
import alarms, retention, telemetry
from ministack.services import cloudwatch

now, states = time.time() // 60 * 60 + 1, []
time.time = lambda: now
state = pathlib.Path({state!r})
watched = telemetry.Telemetry(state, state / "first")
cloudwatch._put_metric_alarm({{}}, {{
    "AlarmName": "errors", "Namespace": "Own", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}}, True)

def jump(seconds, errors):
    global now
    now += seconds
    watched.measurements.note("Own", "Errors", "Count", errors, {{}})
    watched.measurements.store()
    alarms.evaluate(now, 1.0)
    asyncio.run(retention.forget_old())
    states.append(cloudwatch._alarms["errors"]["StateValue"])

for seconds, errors in {jumps}:
    jump(seconds, errors)
print(json.dumps(states))
"""


def states(tmp_path: Path, *jumps: tuple[int, int]) -> list[str]:
    """The alarm's state after each jump of the clock, in seconds, with so many errors at its end."""
    script = SCRIPT.format(folder=str(EMULATOR), state=str(tmp_path), jumps=jumps)
    ran = subprocess.run(
        [emulator_environment().python, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout.splitlines()[-1]))


def test_an_alarm_fires_and_recovers_after_the_clock_went_back_an_hour(tmp_path: Path) -> None:
    found = states(tmp_path, (0, 1), (-3600, 0), (60, 0), (60, 1), (60, 0), (60, 0))
    assert found == ["ALARM", "OK", "OK", "ALARM", "ALARM", "OK"]


def test_the_future_that_a_clock_had_does_not_count_until_it_comes(tmp_path: Path) -> None:
    assert states(tmp_path, (3600, 1), (-3600, 0), (60, 0), (60, 0)) == ["ALARM", "OK", "OK", "OK"]


def test_an_alarm_recovers_when_the_clock_goes_forward_a_month(tmp_path: Path) -> None:
    assert states(tmp_path, (0, 1), (30 * 86_400, 0), (60, 0)) == ["ALARM", "OK", "OK"]
