"""Round values for axes, and short texts for numbers and times."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

STEPS = (1, 2, 2.5, 5, 10)
MINUTES = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080)


def ticks(most: float, wanted: int = 4, *, whole: bool = False) -> list[float]:
    """Round values from 0 to the first one that is not below ``most``; with ``whole`` no fractions."""
    rough = max(most, 1e-9) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(each * power for each in STEPS if each * power >= rough * 0.999)
    step = math.ceil(step) if whole else step
    return [step * at for at in range(math.ceil(most / step - 1e-9) + 1)]


def times(start: datetime, end: datetime, wanted: int = 5) -> list[datetime]:
    """Round times between ``start`` and ``end``."""
    minutes = (end - start).total_seconds() / 60
    step = next((each for each in MINUTES if minutes / each <= wanted), MINUTES[-1]) * 60
    first = math.ceil(start.timestamp() / step) * step
    count = int((end.timestamp() - first) // step) + 1
    return [datetime.fromtimestamp(first + step * at, start.tzinfo) for at in range(max(count, 0))]


def short(value: float) -> str:
    """``1.2k``, ``35``, ``0.25``."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def moment(at: datetime, span: timedelta) -> str:
    """The time of a tick; with the date where the chart covers more than a day."""
    return f"{at:%H:%M}" if span <= timedelta(days=1) else f"{at:%d %b}" if at.hour == 0 else f"{at:%d %b %H:%M}"
