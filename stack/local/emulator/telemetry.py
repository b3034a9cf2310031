"""CloudWatch as AWS fills and reads it: metrics of the services, the access log, and alarms that are evaluated.

MiniStack has no access log and no metrics of API Gateway, DynamoDB and SQS, and evaluates an alarm over all dimensions,
without periods, at each PutMetricData only. `speed` makes the alarms' clock faster for tests and drills: with 60, a
period of a minute passes in a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import alarms
import exact_dimensions
import function_telemetry
import gateway_telemetry
import measurements as sink
import retention
import table_telemetry
from journal import Journal
from measurements import Measurements
from queue_telemetry import Queues

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger("stack.emulator")
STORE_SECONDS = 0.1
SAMPLE_SECONDS = 1.0
FORGET_SECONDS = 600.0
MOST_SPEED = 60.0


class Telemetry:
    """Stores what was measured, samples the queues and evaluates the alarms."""

    def __init__(self, state: Path, snapshot: Path) -> None:
        sink.check()
        alarms.apply()
        self.speed = 1.0
        self.journal = Journal(state, snapshot)
        self.measurements = Measurements(self.journal)
        gateway_telemetry.apply(self.measurements)
        function_telemetry.apply(self.measurements)
        table_telemetry.apply(self.measurements)
        exact_dimensions.apply()
        self._queues = Queues(self.measurements)
        retention.apply()

    def hasten(self, speed: float) -> None:
        """Let `speed` seconds of the alarms' clock pass in one second: 1 to 60, or 0 to measure nothing."""
        speed, on = min(max(speed, 1.0), MOST_SPEED), speed != 0
        self.measurements.resolution_seconds = max(round(60 / speed), 1)
        self.measurements.on, self.speed = on, speed

    def turn(self) -> int:
        """Bring metrics and logs up to date for a snapshot; return the first file of the journal after it."""
        self.measurements.store()
        return self.journal.turn()

    async def rounds(self) -> None:
        """Store, sample, evaluate and forget, for as long as the emulator serves."""
        sampled = forgot = 0.0
        while True:
            await asyncio.sleep(STORE_SECONDS)
            try:
                now = time.monotonic()
                due = now - sampled >= SAMPLE_SECONDS
                if due:
                    sampled = now
                    self._queues.sample(self.speed)
                self.measurements.store()
                if due or self.speed > 1:
                    alarms.evaluate(time.time(), self.speed)
                if now - forgot >= FORGET_SECONDS:
                    forgot = now
                    await retention.forget_old()
            except Exception:  # one wrong value must not end the telemetry of all
                logger.exception("Cannot store telemetry; the next round tries again.")
