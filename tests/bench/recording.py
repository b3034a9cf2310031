"""The calls that a DynamoDB client makes, and the capacity units they cost.

Writes cost what the answer says (``ReturnConsumedCapacity``). Reads are computed, since the emulator answers a
constant for them: a strongly consistent read costs one unit for each 4 KB of what it looked at, an eventually
consistent one half of that; sizes by
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READ_UNIT = 4096
"""Bytes."""
READS = frozenset({"GetItem", "Query"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


@dataclass(slots=True)
class Call:
    """One call: ``request`` is as the caller made it."""

    operation: str
    request: dict[str, Any]
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        """Started 4 KB of what a read looked at: all items of a query together, none of ours filters in DynamoDB."""
        assert self.operation in READS | WRITES, f"{self.operation} is not computed here"
        if self.operation not in READS:
            return 0
        items = self.answer.get("Items", [self.answer.get("Item", {})])
        return max(1, math.ceil(sum(map(item_size, items)) / READ_UNIT))

    @property
    def read_units(self) -> float:
        return self.blocks * (1.0 if self.request.get("ConsistentRead") else 0.5)

    @property
    def write_units(self) -> float:
        if self.operation not in WRITES:
            return 0.0
        told = self.answer["ConsumedCapacity"]
        return float(sum(each["CapacityUnits"] for each in (told if isinstance(told, list) else [told])))


class Recorder:
    """Watches ``client``; ``calls`` are those since it was last emptied."""

    def __init__(self, client: Any) -> None:
        self.calls: list[Call] = []
        client.meta.events.register("before-parameter-build.dynamodb", self._asked)
        client.meta.events.register("after-call.dynamodb", self._answered)

    def _asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(Call(model.name, copy.deepcopy(params)))
        params["ReturnConsumedCapacity"] = "INDEXES"

    def _answered(self, parsed: dict[str, Any], **_: Any) -> None:
        self.calls[-1].answer = parsed


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item, names and all; numbers are an upper bound."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.lstrip("-")) // 2 + 2
        case "L":
            return 3 + sum(1 + _value_size(each) for each in content)
        case "SS":
            return sum(len(each.encode()) for each in content)
    raise AssertionError(f"no attribute of ours is a {kind}")
