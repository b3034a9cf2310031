"""A dashboard with its values: everything that a page, a picture or a JSON document shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.dashboard.body import Alarms, Chart, Text, Widget, read_widgets
from stack.dashboard.cost import Cost, read_cost
from stack.dashboard.values import Values, read_values

if TYPE_CHECKING:
    from stack.target.target import Target


@dataclass(frozen=True, slots=True)
class Board:
    """The widgets in the order of their places, and what they show. Names of alarms begin with ``prefix``."""

    name: str
    widgets: tuple[Widget, ...]
    values: Values
    cost: Cost | None
    prefix: str = ""

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(each for each in self.widgets if isinstance(each, Chart))

    @property
    def alarms(self) -> tuple[Alarms, ...]:
        return tuple(each for each in self.widgets if isinstance(each, Alarms))

    @property
    def texts(self) -> tuple[Text, ...]:
        return tuple(each for each in self.widgets if isinstance(each, Text))

    @property
    def states(self) -> list[tuple[str, str]]:
        """Each alarm without the prefix, with its state: first those that fire, then those never evaluated."""
        order = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}
        names = [name for of in self.alarms for name in of.names]
        found = [(name.removeprefix(self.prefix), self.values.states.get(name, "absent")) for name in names]
        return sorted(found, key=lambda each: order.get(each[1], 0))


def read_board(target: Target, name: str, seconds: int) -> Board:
    """Read the dashboard ``name`` with the values of the last ``seconds``."""
    widgets = sorted(read_widgets(target, name), key=lambda each: (each.place.y, each.place.x))
    values = read_values(target, widgets, seconds)
    cost = read_cost(target, values.start, values.end)
    return Board(name, tuple(widgets), values, cost, target.named(""))


def document(board: Board) -> dict[str, Any]:
    """The numbers as JSON."""
    values = board.values
    return {
        "dashboard": board.name,
        "start": values.start.isoformat(),
        "end": values.end.isoformat(),
        "alarms": dict(board.states),
        "cost_per_thousand_requests_usd": board.cost and round(board.cost.total, 6),
        "charts": [
            {
                "title": chart.title,
                "unit": chart.unit,
                "period_seconds": values.periods[chart],
                "lines": [
                    {
                        "label": line.label,
                        "metric": f"{line.namespace} {line.metric}",
                        "statistic": line.statistic,
                        "values": [[at.isoformat(), value] for at, value in points],
                    }
                    for line, points in zip(chart.lines, values.points[chart], strict=True)
                ],
            }
            for chart in board.charts
        ],
    }
