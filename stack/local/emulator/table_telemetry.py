"""The metrics that DynamoDB publishes of each call.

The capacity of reads is left out: MiniStack counts a constant for a query, and the metric is the sum of all reads.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from measurements import PATCH, milliseconds_since
from ministack.core import responses
from ministack.services import dynamodb
from pinned import require_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from measurements import Measurements

    Answer = tuple[int, dict[str, str], bytes]

TABLE = re.compile(rb'"TableName"\s*:\s*"([^"]+)"|"RequestItems"\s*:\s*\{\s*"([^"]+)"')
DATA = re.compile(r"Query|Scan|(Get|Put|Update|Delete)Item|(BatchGet|BatchWrite)Item|(TransactGet|TransactWrite)Items")
"""The operations on items. DynamoDB measures no others."""
SUCCESS = 200
ASKED = "ReturnConsumedCapacity"


def apply(measurements: Measurements) -> None:
    """Measure each call, and the capacity of each write."""
    require_parameters(dynamodb.handle_request, ("method", "path", "headers", "body", "query_params"), PATCH)
    handle = dynamodb.handle_request

    async def measured(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        begun = time.perf_counter()
        answer = await handle(method, path, headers, body, query_params)
        operation, found = headers.get("x-amz-target", "").rpartition(".")[2], TABLE.search(body or b"")
        if not found or not DATA.fullmatch(operation):
            return answer
        table = {"TableName": (found[1] or found[2]).decode().rpartition("/")[2]}
        if answer[0] == SUCCESS:
            of_call = {**table, "Operation": operation}
            latency = milliseconds_since(begun)
            measurements.note("AWS/DynamoDB", "SuccessfulRequestLatency", "Milliseconds", latency, of_call)
        elif b"ConditionalCheckFailed" in (answer[2] or b"")[:2000]:
            measurements.note("AWS/DynamoDB", "ConditionalCheckFailedRequests", "Count", 1, table)
        return answer

    dynamodb.handle_request = measured
    _writes(measurements)


def _writes(measurements: Measurements) -> None:
    """Note the capacity of each write; MiniStack knows it when a client asks for it."""
    parameters = ("result", "data", "table_name", "write", "old_item", "new_item", "index_name")
    require_parameters(dynamodb._add_consumed_capacity, parameters, PATCH)
    add = dynamodb._add_consumed_capacity

    def added(result: Any, data: Any, table_name: str, write: bool = False, **items: Any) -> None:
        add(result, data, table_name, write, **items)
        if write:
            answer: dict[str, Any] = {}
            add(answer, {**data, ASKED: "INDEXES"}, table_name, write, **items)
            _note_write(measurements, answer["ConsumedCapacity"])

    dynamodb._add_consumed_capacity = added
    for name in ("_transact_write_items", "_batch_write_item"):
        require_parameters(getattr(dynamodb, name), ("data",), PATCH)
        setattr(dynamodb, name, _asking(getattr(dynamodb, name), measurements))


def _asking(stock: Callable[[Any], Answer], measurements: Measurements) -> Callable[[Any], Answer]:
    """Ask for the capacity of a write, and leave it out of the answer; a client that asks gets its answer as it is."""

    def write(data: Any) -> Answer:
        if data.get(ASKED, "NONE") != "NONE":
            return stock(data)
        answer = stock({**data, ASKED: "INDEXES"})
        if answer[0] != SUCCESS:
            return answer
        document = json.loads(answer[2])
        for consumed in document.pop("ConsumedCapacity", []):
            if "ReadCapacityUnits" not in consumed:  # the repetition of a transaction only reads
                _note_write(measurements, consumed)
        status, headers, body = responses.json_response(document)
        return status, headers, body

    return write


def _note_write(measurements: Measurements, consumed: dict[str, Any]) -> None:
    """Note the units of a table with its local indexes; a global index has a metric of its own."""
    of_indexes = sum(each["CapacityUnits"] for each in consumed.get("GlobalSecondaryIndexes", {}).values())
    units, table = consumed["CapacityUnits"] - of_indexes, {"TableName": consumed["TableName"]}
    measurements.note("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Count", units, table)
